import type { BlobReader } from "#lib/storage/contract.ts";
import { isDamaged, isMissing } from "./stored-errors.ts";

/**
 * A reader of a blob in the store that outlives the form in which it was opened. Another form may take its place, and
 * a store without open files then loses it in the middle of a read: the blob is opened once more. The first read
 * opens it, unless `first` is given.
 */
export class ReopeningReader implements BlobReader {
  readonly sizeBytes: number;
  readonly #open: () => Promise<BlobReader>;
  #opened: Promise<BlobReader> | null;
  #isClosed = false;

  constructor(sizeBytes: number, open: () => Promise<BlobReader>, first: BlobReader | null) {
    this.sizeBytes = sizeBytes;
    this.#open = open;
    this.#opened = first && Promise.resolve(first);
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    if (this.#isClosed) throw new Error("The reader is closed.");
    this.#opened ??= this.#open();
    const opened = this.#opened;
    try {
      return await (await opened).read(into, offset);
    } catch (error) {
      if (!isMissing(error) && !isDamaged(error)) throw error;
    }
    if (this.#opened === opened) {
      this.#opened = this.#open();
      void release(opened);
    }
    return (await this.#opened).read(into, offset);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await release(this.#opened);
  }
}

/** A reader that could not be opened needs no closing. */
async function release(opened: Promise<BlobReader> | null): Promise<void> {
  await opened?.then((reader) => reader.close()).catch(() => {});
}
