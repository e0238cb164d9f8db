/** Bytes of a source in order, as a decoder takes them: some at hand, more on demand. */
import type { ByteSource } from "../contract.ts";

const READ_BYTES = 1024 * 1024;

export class InputWindow {
  readonly #source: ByteSource;
  #offset = 0;
  /** The bytes at hand are those from `at` on; the decoder moves `at`. */
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Bytes at hand. */
  get left(): number {
    return this.bytes.length - this.at;
  }

  /** Bytes that were taken so far. */
  get position(): number {
    return this.#offset - this.left;
  }

  /** True when everything that is left is at hand. */
  get isLast(): boolean {
    return this.#offset >= this.#source.sizeBytes;
  }

  /** Brings `length` bytes at hand, or as many as there are; true when there are `length`. */
  async need(length: number): Promise<boolean> {
    while (this.left < length && !this.isLast) {
      const count = Math.max(READ_BYTES, length - this.left);
      const more = await this.#source.read(this.#offset, count);
      if (more.length === 0) break;
      this.#offset += more.length;
      const joined = new Uint8Array(this.left + more.length);
      joined.set(this.bytes.subarray(this.at));
      joined.set(more, this.left);
      this.bytes = joined;
      this.at = 0;
    }
    return this.left >= length;
  }

  /** The next `length` bytes. Throws `DamagedStream` when they are not there. */
  async take(length: number): Promise<Uint8Array> {
    if (!(await this.need(length))) throw new DamagedStream();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

/** What a decoder throws for bytes that its format does not allow, or that it does not decode. */
export class DamagedStream extends Error {}
