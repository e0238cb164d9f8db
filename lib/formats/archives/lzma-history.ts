/** The decoded bytes that an LZMA stream may still refer to. The buffer grows with the output, up to a cap. */
import { DamagedStream } from "../bytes/input-window.ts";

/** `xz -9` and joblib's highest preset take 64 MiB. */
const MAX_DICTIONARY_BYTES = 128 * 1024 * 1024;
const MIN_DICTIONARY_BYTES = 4096;
const FIRST_BYTES = 1024 * 1024;

export class LzmaHistory {
  readonly #dictionaryBytes: number;
  #bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  /** End of what is decoded, in the buffer. */
  end = 0;
  /** Start of what was not handed out yet. */
  #emitted = 0;
  /** Bytes that matches may reach back. */
  #reach = 0;

  /** Throws `DamagedStream` for a dictionary beyond the cap. */
  constructor(dictionaryBytes: number) {
    if (dictionaryBytes > MAX_DICTIONARY_BYTES) throw new DamagedStream();
    this.#dictionaryBytes = Math.max(dictionaryBytes, MIN_DICTIONARY_BYTES);
  }

  forget(): void {
    this.#reach = 0;
  }

  /** The last byte; 0 at the start. */
  get last(): number {
    return this.#reach > 0 ? (this.#bytes[this.end - 1] as number) : 0;
  }

  /** The byte that a distance of `distance` (0 is the last one) reaches. */
  back(distance: number): number {
    if (distance >= this.#reach) throw new DamagedStream();
    return this.#bytes[this.end - 1 - distance] as number;
  }

  put(byte: number): void {
    this.#bytes[this.end] = byte;
    this.#advance(1);
  }

  /** Bytes as they are. */
  copy(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.#bytes.set(bytes, this.end);
    this.#advance(bytes.length);
  }

  /** `length` bytes again from `distance` bytes back, which may reach into what it writes. */
  repeat(distance: number, length: number): void {
    if (distance > this.#reach) throw new DamagedStream();
    const bytes = this.#bytes;
    const { end } = this;
    if (distance >= length) bytes.copyWithin(end, end - distance, end - distance + length);
    else if (distance === 1) bytes.fill(bytes[end - 1] as number, end, end + length);
    else {
      for (let at = end; at < end + length; at += 1) bytes[at] = bytes[at - distance] as number;
    }
    this.#advance(length);
  }

  /** The bytes decoded since the last call; valid until `room` is called. */
  emit(): Uint8Array {
    const bytes = this.#bytes.subarray(this.#emitted, this.end);
    this.#emitted = this.end;
    return bytes;
  }

  /** Makes room for `length` bytes: by growing, then by dropping what no match reaches. */
  room(length: number): void {
    if (this.end + length <= this.#bytes.length) return;
    const start = this.end - this.#reach;
    const wanted = Math.max(this.#reach * 2, this.#reach + length, FIRST_BYTES);
    if (wanted > this.#bytes.length) {
      const bytes = new Uint8Array(wanted);
      bytes.set(this.#bytes.subarray(start, this.end));
      this.#bytes = bytes;
    } else this.#bytes.copyWithin(0, start, this.end);
    this.end = this.#reach;
    this.#emitted = this.end;
  }

  #advance(length: number): void {
    this.end += length;
    this.#reach = Math.min(this.#reach + length, this.#dictionaryBytes);
  }
}
