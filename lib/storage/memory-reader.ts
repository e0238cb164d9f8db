import type { BlobReader } from "./contract.ts";

export class MemoryReader implements BlobReader {
  readonly #bytes: Uint8Array;
  #isClosed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get sizeBytes(): number {
    return this.#bytes.byteLength;
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    if (this.#isClosed) throw new Error("The reader is closed.");
    const part = this.#bytes.subarray(offset, offset + into.byteLength);
    into.set(part);
    return part.byteLength;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }
}
