/**
 * LZMA (the LZMA SDK's lzma-specification.txt): a range coder over matches into what was decoded before. Its
 * memory is the dictionary, which grows with the output and is capped, whatever a header declares.
 */
import { DamagedStream } from "../bytes/input-window.ts";
import { LzmaHistory } from "./lzma-history.ts";
import { ALIGN_BITS, AT } from "./lzma-model.ts";

/** A symbol takes fewer input bytes: each of its at most 60 bits takes at most one. */
const SYMBOL_BYTES = 64;
const LONGEST_MATCH = 273;

const INITIAL = 1024;
const END_POS_MODEL = 14;

export class LzmaDecoder {
  readonly #history: LzmaHistory;
  #probs = new Uint16Array(0);
  #lc = 0;
  #lpMask = 0;
  #pbMask = 0;
  #position = 0;
  #state = 0;
  #reps = [0, 0, 0, 0];
  #range = 0;
  #code = 0;
  #input: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** True after the marker that ends a stream of unknown length. */
  hasEnded = false;

  /** Throws `DamagedStream` for a dictionary beyond the cap. */
  constructor(dictionaryBytes: number) {
    this.#history = new LzmaHistory(dictionaryBytes);
  }

  resetDictionary(): void {
    this.#history.forget();
    this.#position = 0;
  }

  /** `properties` is the byte of the format: `(pb * 5 + lp) * 9 + lc`. */
  setProperties(properties: number): void {
    if (properties >= 225) throw new DamagedStream();
    this.#lc = properties % 9;
    const lp = Math.floor(properties / 9) % 5;
    this.#lpMask = (1 << lp) - 1;
    this.#pbMask = (1 << Math.floor(properties / 45)) - 1;
    this.#probs = new Uint16Array(AT.literal + (0x300 << (this.#lc + lp)));
  }

  resetState(): void {
    this.#probs.fill(INITIAL);
    this.#state = 0;
    this.#reps = [0, 0, 0, 0];
  }

  /** Gives the decoder the bytes from `at` on; `usedTo` says how far it has used them. */
  feed(input: Uint8Array, at: number): void {
    this.#input = input;
    this.#at = at;
  }

  get usedTo(): number {
    return this.#at;
  }

  startRange(): void {
    if (this.#next() !== 0) throw new DamagedStream();
    this.#range = 0xffffffff;
    this.#code = 0;
    for (let count = 0; count < 4; count += 1)
      this.#code = ((this.#code << 8) | this.#next()) >>> 0;
  }

  /** Copies `bytes` to the output as they are. */
  copy(bytes: Uint8Array): void {
    this.#history.copy(bytes);
    this.#position += bytes.length;
  }

  /** What was decoded since the last call; valid until the next decoding. */
  emit(): Uint8Array {
    return this.#history.emit();
  }

  /**
   * Decodes until `length` bytes are there, the end marker comes, or fewer than `SYMBOL_BYTES` of input are left
   * and `isLast` is false. Returns how many it decoded; one match may go beyond `length` only if `mayExceed`.
   */
  decode(length: number, isLast: boolean, mayExceed = false): number {
    const history = this.#history;
    history.room(length + LONGEST_MATCH);
    const start = history.end;
    while (history.end - start < length && !this.hasEnded) {
      if (!isLast && this.#input.length - this.#at < SYMBOL_BYTES) break;
      const left = mayExceed ? LONGEST_MATCH : length - (history.end - start);
      const posState = this.#position & this.#pbMask;
      if (this.#bit(AT.isMatch + this.#state * 16 + posState) === 0) this.#literal();
      else this.#match(posState, left);
    }
    return history.end - start;
  }

  #literal(): void {
    const context =
      ((this.#position & this.#lpMask) << this.#lc) + (this.#history.last >> (8 - this.#lc));
    const base = AT.literal + 0x300 * context;
    let symbol = 1;
    if (this.#state >= 7) {
      let matched = this.#history.back(this.#reps[0] as number);
      while (symbol < 0x100) {
        const wanted = (matched >> 7) & 1;
        matched <<= 1;
        const bit = this.#bit(base + ((1 + wanted) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (wanted !== bit) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(base + symbol);
    this.#history.put(symbol);
    this.#position += 1;
    const state = this.#state;
    this.#state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
  }

  #match(posState: number, left: number): void {
    const state = this.#state;
    const reps = this.#reps;
    let length: number;
    if (this.#bit(AT.isRep + state) === 0) {
      length = this.#length(AT.matchLength, posState);
      this.#state = state < 7 ? 7 : 10;
      const distance = this.#distance(length);
      if (distance === 0xffffffff) {
        this.hasEnded = true;
        return;
      }
      this.#reps = [distance, reps[0] as number, reps[1] as number, reps[2] as number];
    } else if (this.#bit(AT.isRepG0 + state) === 0) {
      if (this.#bit(AT.isRep0Long + state * 16 + posState) === 0) {
        this.#state = state < 7 ? 9 : 11;
        this.#repeat(1, left);
        return;
      }
      length = this.#length(AT.repLength, posState);
      this.#state = state < 7 ? 8 : 11;
    } else {
      const which =
        this.#bit(AT.isRepG1 + state) === 0 ? 1 : this.#bit(AT.isRepG2 + state) === 0 ? 2 : 3;
      const [distance] = reps.splice(which, 1) as [number];
      reps.unshift(distance);
      length = this.#length(AT.repLength, posState);
      this.#state = state < 7 ? 8 : 11;
    }
    this.#repeat(length + 2, left);
  }

  #repeat(length: number, left: number): void {
    if (length > left) throw new DamagedStream();
    this.#history.repeat((this.#reps[0] as number) + 1, length);
    this.#position += length;
  }

  #length(group: typeof AT.matchLength, posState: number): number {
    if (this.#bit(group.choice) === 0) return this.#tree(group.low + posState * 8, 3);
    if (this.#bit(group.choice + 1) === 0) return 8 + this.#tree(group.mid + posState * 8, 3);
    return 16 + this.#tree(group.high, 8);
  }

  /** 0xffffffff is the end marker. */
  #distance(length: number): number {
    const slot = this.#tree(AT.slot + Math.min(length, 3) * 64, 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const base = ((2 | (slot & 1)) << bits) >>> 0;
    if (slot < END_POS_MODEL) return base + this.#reverse(AT.special + base - slot, bits);
    let direct = 0;
    for (let count = bits - ALIGN_BITS; count > 0; count -= 1) {
      this.#range >>>= 1;
      const isOne = this.#code >= this.#range;
      if (isOne) this.#code -= this.#range;
      direct = direct * 2 + (isOne ? 1 : 0);
      this.#normalize();
    }
    return base + direct * 16 + this.#reverse(AT.align, ALIGN_BITS);
  }

  #tree(base: number, bits: number): number {
    let symbol = 1;
    for (let count = 0; count < bits; count += 1) symbol = (symbol << 1) | this.#bit(base + symbol);
    return symbol - (1 << bits);
  }

  #reverse(base: number, bits: number): number {
    let symbol = 1;
    let value = 0;
    for (let count = 0; count < bits; count += 1) {
      const bit = this.#bit(base + symbol);
      symbol = (symbol << 1) | bit;
      value |= bit << count;
    }
    return value;
  }

  #bit(index: number): number {
    const probability = this.#probs[index] as number;
    const bound = (this.#range >>> 11) * probability;
    let bit = 0;
    if (this.#code < bound) {
      this.#range = bound;
      this.#probs[index] = probability + ((2048 - probability) >> 5);
    } else {
      this.#range -= bound;
      this.#code -= bound;
      this.#probs[index] = probability - (probability >> 5);
      bit = 1;
    }
    this.#normalize();
    return bit;
  }

  #normalize(): void {
    if (this.#range >= 0x1000000) return;
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | this.#next()) >>> 0;
  }

  #next(): number {
    if (this.#at >= this.#input.length) throw new DamagedStream();
    this.#at += 1;
    return this.#input[this.#at - 1] as number;
  }
}
