import { RegistryError } from "#lib/errors.ts";
import type { PartWriter, UploadShape } from "./contract.ts";
import { writing } from "./disk-errors.ts";
import { WriteBatches } from "./write-batches.ts";

/** How many bytes part `part` (from 0) has. Throws RangeError where there is no such part. */
export function partLength({ sizeBytes, partSizeBytes }: UploadShape, part: number): number {
  const begin = part * partSizeBytes;
  if (!Number.isSafeInteger(part) || part < 0 || begin >= sizeBytes)
    throw new RangeError(`There is no part ${part}.`);
  return Math.min(partSizeBytes, sizeBytes - begin);
}

export function wrongLength(part: number, expected: number): RegistryError {
  return new RegistryError("length_mismatch", `Part ${part} must have exactly ${expected} bytes.`);
}

/**
 * The disk works while the part arrives. If all of it waited for the part's end, parts that arrive together would end
 * together, and the network would stand still while all of them are synced (docs/performance.md).
 */
const SYNC_BYTES = 4 * 1024 * 1024;

type PartFile = {
  /** `position` is that in the whole file. */
  write: (batch: Uint8Array, position: number) => Promise<void>;
  sync: () => Promise<void>;
};

/** Writes one part in batches to its place in the file. */
export class FilePartWriter implements PartWriter {
  readonly #part: number;
  readonly #length: number;
  readonly #file: PartFile;
  readonly #batches: WriteBatches;
  #written = 0;
  #syncedTo = 0;
  #syncing: Promise<void> = Promise.resolve();
  /** A kernel reports a failed write to one sync only, so that a later one may well succeed. */
  #syncFailure: unknown = null;
  #isOver = false;

  constructor(shape: UploadShape, part: number, file: PartFile) {
    const begin = part * shape.partSizeBytes;
    this.#part = part;
    this.#length = partLength(shape, part);
    this.#file = file;
    this.#batches = new WriteBatches((batch, position) => file.write(batch, begin + position));
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#isOver) throw new Error("The writer takes no more bytes.");
    if (this.#written + chunk.byteLength > this.#length)
      throw wrongLength(this.#part, this.#length);
    this.#written += chunk.byteLength;
    await writing(() => this.#batches.add(chunk));
    if (this.#written - this.#syncedTo >= SYNC_BYTES) this.#syncAhead();
  }

  #syncAhead(): void {
    this.#syncedTo = this.#written;
    this.#syncing = this.#file.sync().catch((error: unknown) => {
      this.#syncFailure ??= error;
    });
  }

  async finish(): Promise<void> {
    if (this.#isOver) throw new Error("The writer is finished.");
    if (this.#written !== this.#length) throw wrongLength(this.#part, this.#length);
    await writing(async () => {
      await this.#batches.flush();
      await this.#file.sync();
      await this.#syncing;
      if (this.#syncFailure !== null) throw this.#syncFailure;
    });
    await this.abort();
  }

  /** The written bytes stay where they are: nobody counts them as received. */
  async abort(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#batches.release();
    // Others may share a sync that has not begun yet, of the file that this part's owner closes next.
    await this.#syncing;
  }
}
