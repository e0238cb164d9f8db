import type { BlobReader } from "#lib/storage/contract.ts";
import { isDamaged, missing } from "./stored-errors.ts";

/** A reader that has read so much is downloading the blob, not looking at its header. */
const DOWNLOAD_BYTES = 8 * 1024 * 1024;

export type Watch = {
  /** Whether the bytes are what the digest says; null where reading them proves it, or cannot. */
  verify: (() => Promise<boolean>) | null;
  onDamage: () => void;
};

/**
 * Gives the last bytes of a download only when all of them are known to be right, so that a download of damaged bytes
 * breaks off and never ends well; a caller that sends a part calls `prove` before its last bytes. Reports every
 * damage that a reader comes upon.
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

  read(into: Uint8Array, offset: number): Promise<number> {
    return this.#watching(async () => {
      const count = await this.#reader.read(into, offset);
      this.#readBytes += count;
      if (this.#readBytes >= Math.min(this.sizeBytes, DOWNLOAD_BYTES)) this.#startToVerify();
      if (this.#verdict && offset + count >= this.sizeBytes) await this.#assertVerified();
      return count;
    });
  }

  prove(): Promise<void> {
    return this.#watching(async () => {
      await this.#reader.prove?.();
      this.#startToVerify();
      await this.#assertVerified();
    });
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  #startToVerify(): void {
    if (this.#verdict) return;
    this.#verdict = this.#watch.verify?.() ?? Promise.resolve(true);
    // The last read awaits it, if that read comes.
    this.#verdict.catch(() => {});
  }

  async #assertVerified(): Promise<void> {
    if (await this.#verdict) return;
    throw missing(new Error("the stored bytes do not have the blob's digest"));
  }

  async #watching<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isDamaged(error)) this.#watch.onDamage();
      throw error;
    }
  }
}
