/**
 * bzip2, as its reference implementation decodes it (bzip2-1.0.8, decompress.c): blocks of Huffman codes over
 * moved-to-front, Burrows-Wheeler sorted, run-length encoded bytes. A block takes some 5 MB of memory.
 */
import { DamagedStream, type InputWindow } from "../bytes/input-window.ts";

/** A block of 900,000 symbols, each in the longest code, and its tables. */
const MAX_BLOCK_INPUT = 2_500_000;
const BLOCK_MARK = 0x314159265359;
const END_MARK = 0x177245385090;
const MAX_CODE_BITS = 20;
/** A table knows the codes of up to this many bits, which most codes are. */
const SHORT_BITS = 10;
/** Bits of a symbol: there are 256 bytes and two more symbols. */
const SYMBOL_BITS = 9;
const GROUP_SYMBOLS = 50;
const PIECE_BYTES = 256 * 1024;

/** Throws `DamagedStream`. Checksums of blocks are passed over. */
export async function* decodeBzip2(input: InputWindow): AsyncGenerator<Uint8Array> {
  const history = { next: new Uint32Array(0) };
  while (await input.need(1)) {
    const header = Buffer.from(await input.take(4)).toString("latin1");
    if (!/^BZh[1-9]$/.test(header)) throw new DamagedStream();
    const blockBytes = Number(header[3]) * 100_000;
    if (history.next.length < blockBytes) history.next = new Uint32Array(blockBytes);
    const bits = new BitReader(input);
    for (;;) {
      await input.need(MAX_BLOCK_INPUT);
      const mark = bits.read(24) * 0x1000000 + bits.read(24);
      bits.read(24);
      bits.read(8);
      if (mark === END_MARK) break;
      if (mark !== BLOCK_MARK || bits.read(1) !== 0) throw new DamagedStream();
      yield* expand(...readBlock(bits, history.next, blockBytes));
    }
  }
}

/** Most significant bit first. Moves the window's `at`; at a stream's end the rest of a byte is dropped. */
class BitReader {
  readonly #input: InputWindow;
  #hold = 0;
  #count = 0;

  constructor(input: InputWindow) {
    this.#input = input;
  }

  /** The next bits without taking them; -1 when the input has fewer. */
  peek(count: number): number {
    if (this.#count < count && !this.#fill(count)) return -1;
    return (this.#hold >>> (this.#count - count)) & ((1 << count) - 1);
  }

  /** Takes what `peek` has shown. */
  skip(count: number): void {
    this.#count -= count;
  }

  /** Up to 24 bits. */
  read(count: number): number {
    if (this.#count < count && !this.#fill(count)) throw new DamagedStream();
    this.#count -= count;
    return (this.#hold >>> this.#count) & ((1 << count) - 1);
  }

  #fill(count: number): boolean {
    const input = this.#input;
    while (this.#count < count) {
      if (input.at >= input.bytes.length) return false;
      this.#hold = ((this.#hold << 8) | (input.bytes[input.at] as number)) & 0x7fffffff;
      input.at += 1;
      this.#count += 8;
    }
    return true;
  }
}

/** The chain of a block's bytes: `next[i] >> 8` follows `i`, `next[i] & 255` is its byte. */
function readBlock(
  bits: BitReader,
  next: Uint32Array,
  blockBytes: number,
): [next: Uint32Array, start: number, length: number] {
  const origin = bits.read(24);
  const symbols = readSymbols(bits);
  const alphabet = symbols.length + 2;
  const groups = bits.read(3);
  const selectors = bits.read(15);
  if (symbols.length === 0 || groups < 2 || groups > 6 || selectors === 0)
    throw new DamagedStream();
  const chosen = readSelectors(bits, groups, selectors);
  const codes = Array.from({ length: groups }, () => new HuffmanCode(bits, alphabet));

  const counts = new Uint32Array(257);
  let length = 0;
  let group = -1;
  let inGroup = 0;
  let run = 0;
  let runBit = 1;
  let code = codes[0] as HuffmanCode;
  const put = (byte: number, times: number) => {
    if (times > blockBytes - length) throw new DamagedStream();
    next.fill(byte, length, length + times);
    length += times;
    counts[byte + 1] = (counts[byte + 1] as number) + times;
  };
  for (;;) {
    if (inGroup === 0) {
      group += 1;
      inGroup = GROUP_SYMBOLS;
      if (group >= selectors) throw new DamagedStream();
      code = codes[chosen[group] as number] as HuffmanCode;
    }
    inGroup -= 1;
    const symbol = code.decode(bits);
    if (symbol <= 1) {
      // Runs of the front byte, in bijective base 2.
      run += runBit << symbol;
      runBit *= 2;
      if (run > blockBytes) throw new DamagedStream();
      continue;
    }
    if (run > 0) put(symbols[0] as number, run);
    run = 0;
    runBit = 1;
    if (symbol === alphabet - 1) break;
    const byte = symbols[symbol - 1] as number;
    symbols.copyWithin(1, 0, symbol - 1);
    symbols[0] = byte;
    put(byte, 1);
  }
  if (origin >= length) throw new DamagedStream();
  for (let byte = 1; byte < 257; byte += 1)
    counts[byte] = (counts[byte] as number) + (counts[byte - 1] as number);
  for (let at = 0; at < length; at += 1) {
    const byte = (next[at] as number) & 0xff;
    const place = counts[byte] as number;
    counts[byte] = place + 1;
    next[place] = ((next[place] as number) & 0xff) | (at << 8);
  }
  return [next, (next[origin] as number) >>> 8, length];
}

/** The bytes that occur, in order. */
function readSymbols(bits: BitReader): Uint8Array {
  const used = bits.read(16);
  const symbols: number[] = [];
  for (let high = 0; high < 16; high += 1) {
    if ((used & (0x8000 >> high)) === 0) continue;
    const row = bits.read(16);
    for (let low = 0; low < 16; low += 1) {
      if ((row & (0x8000 >> low)) !== 0) symbols.push(high * 16 + low);
    }
  }
  return Uint8Array.from(symbols);
}

function readSelectors(bits: BitReader, groups: number, count: number): Uint8Array {
  const front = [0, 1, 2, 3, 4, 5];
  const chosen = new Uint8Array(count);
  for (let at = 0; at < count; at += 1) {
    let place = 0;
    while (bits.read(1) === 1) place += 1;
    if (place >= groups) throw new DamagedStream();
    const [group] = front.splice(place, 1) as [number];
    front.unshift(group);
    chosen[at] = group;
  }
  return chosen;
}

class HuffmanCode {
  readonly #limit = new Int32Array(MAX_CODE_BITS + 1).fill(-1);
  readonly #base = new Int32Array(MAX_CODE_BITS + 1);
  readonly #symbols: number[] = [];
  /**
   * Indexed by the next bits. An entry is a symbol and, above it, the width of its code; 0 where the code is longer.
   */
  readonly #short = new Uint16Array(1 << SHORT_BITS);

  constructor(bits: BitReader, alphabet: number) {
    const lengths: number[] = [];
    let length = bits.read(5);
    for (let symbol = 0; symbol < alphabet; symbol += 1) {
      while (bits.read(1) === 1) length += bits.read(1) === 0 ? 1 : -1;
      if (length < 1 || length > MAX_CODE_BITS) throw new DamagedStream();
      lengths.push(length);
    }
    let code = 0;
    for (let width = 1; width <= MAX_CODE_BITS; width += 1) {
      const first = this.#symbols.length;
      this.#base[width] = first - code;
      for (const [symbol, of] of lengths.entries()) {
        if (of !== width) continue;
        const at = (code + this.#symbols.length - first) << (SHORT_BITS - width);
        const entry = symbol | (width << SYMBOL_BITS);
        if (width <= SHORT_BITS) this.#short.fill(entry, at, at + (1 << (SHORT_BITS - width)));
        this.#symbols.push(symbol);
      }
      code = this.#symbols.length - (this.#base[width] as number);
      this.#limit[width] = code - 1;
      code *= 2;
    }
  }

  decode(bits: BitReader): number {
    const next = bits.peek(SHORT_BITS);
    const entry = next < 0 ? 0 : (this.#short[next] as number);
    if (entry !== 0) {
      bits.skip(entry >> SYMBOL_BITS);
      return entry & ((1 << SYMBOL_BITS) - 1);
    }
    let code = 0;
    for (let width = 1; width <= MAX_CODE_BITS; width += 1) {
      code = code * 2 + bits.read(1);
      if (code <= (this.#limit[width] as number)) {
        const symbol = this.#symbols[code + (this.#base[width] as number)];
        if (symbol === undefined) throw new DamagedStream();
        return symbol;
      }
    }
    throw new DamagedStream();
  }
}

/** Undoes the first run-length encoding: after four equal bytes comes how many more there are. */
function* expand(next: Uint32Array, start: number, length: number): Generator<Uint8Array> {
  let piece = new Uint8Array(PIECE_BYTES);
  let filled = 0;
  let at = start;
  let last = -1;
  let equal = 0;
  for (let done = 0; done < length; done += 1) {
    const entry = next[at] as number;
    const byte = entry & 0xff;
    at = entry >>> 8;
    const times = equal === 4 ? byte : 1;
    const value = equal === 4 ? last : byte;
    equal = equal === 4 ? 0 : byte === last ? equal + 1 : 1;
    last = equal === 0 ? -1 : byte;
    if (filled + times > PIECE_BYTES) {
      yield piece.subarray(0, filled);
      piece = new Uint8Array(PIECE_BYTES);
      filled = 0;
    }
    piece.fill(value, filled, filled + times);
    filled += times;
  }
  yield piece.subarray(0, filled);
}
