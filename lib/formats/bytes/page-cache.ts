/** Small reads all over a file through a few of its pages, for formats whose parts point to each other. */
import type { ByteSource } from "../contract.ts";

/** What describes a model lies close together; the values between are never read. */
const PAGE_BYTES = 8 * 1024;
const MAX_PAGES = 128;

export class PageCache {
  readonly #source: ByteSource;
  readonly #pages = new Map<number, Uint8Array>();

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** A copy of the bytes at `start`, which is inside the file; null when fewer are there. */
  async read(start: number, length: number): Promise<Buffer | null> {
    const into = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const number = Math.floor((start + done) / PAGE_BYTES);
      const page = await this.#page(number);
      const piece = page.subarray(start + done - number * PAGE_BYTES).subarray(0, length - done);
      if (piece.length === 0) return null;
      into.set(piece, done);
      done += piece.length;
    }
    return into;
  }

  async #page(number: number): Promise<Uint8Array> {
    const known = this.#pages.get(number);
    if (known) return known;
    const offset = number * PAGE_BYTES;
    const page = Uint8Array.from(
      await this.#source.read(offset, Math.min(PAGE_BYTES, this.#source.sizeBytes - offset)),
    );
    const [oldest] = this.#pages.keys();
    if (this.#pages.size >= MAX_PAGES && oldest !== undefined) this.#pages.delete(oldest);
    this.#pages.set(number, page);
    return page;
  }
}
