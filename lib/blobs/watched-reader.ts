import type { BlobReader, ReadBuffers } from "../storage/contract.ts";
import { isDamaged, missing } from "./stored-errors.ts";

/** Whoever has read so much is downloading the blob, not looking at its header. */
const DOWNLOAD_BYTES = 8 * 1024 * 1024;

export type Watch = {
  /** Whether the bytes are what the digest says; null where reading them proves it, or cannot. */
  verify: (() => Promise<boolean>) | null;
  onDamage: () => void;
};

/**
 * Gives the last bytes of a download only when all of them are known to be right, so that a download of damaged bytes
 * breaks off and never ends well. Tells of every damage that a reader comes upon.
 */
export class WatchedReader implements BlobReader {
  readonly sizeBytes: number;
  readonly #reader: BlobReader;
  readonly #watch: Watch;
  #readBytes = 0;
  #verdict: Promise<boolean> | null = null;

  constructor(reader: BlobReader, watch: Watch) {
    this.sizeBytes = reader.sizeBytes;
    this.#reader = reader;
    this.#watch = watch;
  }

  get buffers(): ReadBuffers | undefined {
    return this.#reader.buffers;
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    try {
      const count = await this.#reader.read(into, offset);
      await this.#prove(count, offset);
      return count;
    } catch (error) {
      if (isDamaged(error)) this.#watch.onDamage();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  async #prove(count: number, offset: number): Promise<void> {
    this.#readBytes += count;
    if (this.#verdict === null) {
      if (this.#readBytes < Math.min(this.sizeBytes, DOWNLOAD_BYTES)) return;
      this.#verdict = this.#watch.verify?.() ?? Promise.resolve(true);
      // Awaited by the last read, if that comes.
      this.#verdict.catch(() => {});
    }
    if (offset + count < this.sizeBytes || (await this.#verdict)) return;
    throw missing(new Error("the stored bytes do not have the blob's digest"));
  }
}
