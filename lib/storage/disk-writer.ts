import { createHash } from "node:crypto";
import { type FileHandle, open, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BlockSummer } from "./block-sums.ts";
import type { BlobReader, BlobWriter } from "./contract.ts";
import { hasCode, writeError, writing } from "./disk-errors.ts";
import { openDiskReader } from "./disk-reader.ts";
import { newTemporaryName } from "./disk-temporary.ts";
import { publishFile, syncFile, writeAll } from "./durable-file.ts";
import { makeFolderDurably, syncFolder } from "./durable-folder.ts";
import { WriteBatches } from "./write-batches.ts";

/** `pathOf` gives the place of a key in the same file system as `temporaryFolder`. */
export async function createDiskWriter(
  temporaryFolder: string,
  pathOf: (key: string) => string,
): Promise<DiskWriter> {
  const path = join(temporaryFolder, newTemporaryName());
  // "wx" fails for an existing file: it would belong to another writer.
  return new DiskWriter(path, await writing(() => open(path, "wx", 0o640)), pathOf);
}

export class DiskWriter implements BlobWriter {
  readonly #path: string;
  readonly #pathOf: (key: string) => string;
  readonly #hash = createHash("sha256");
  readonly #summer = new BlockSummer();
  readonly #batches: WriteBatches;
  #handle: FileHandle | null;
  #bytesWritten = 0;
  #finished: { sha256: string; sizeBytes: number } | null = null;
  #isGone = false;

  constructor(path: string, handle: FileHandle, pathOf: (key: string) => string) {
    this.#path = path;
    this.#pathOf = pathOf;
    this.#handle = handle;
    this.#batches = new WriteBatches((batch, position) => writeAll(handle, batch, position));
  }

  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  get blockSums(): Uint8Array {
    return this.#summer.digest();
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (!this.#handle || this.#finished) throw new Error("The writer takes no more bytes.");
    this.#hash.update(chunk);
    this.#summer.update(chunk);
    this.#bytesWritten += chunk.byteLength;
    await writing(() => this.#batches.add(chunk));
  }

  async finish(): Promise<{ sha256: string; sizeBytes: number }> {
    if (this.#finished) return this.#finished;
    if (!this.#handle) throw new Error("The writer was aborted.");
    await writing(() => this.#batches.flush());
    await this.#closeHandle();
    this.#finished = { sha256: this.#hash.digest("hex"), sizeBytes: this.#bytesWritten };
    return this.#finished;
  }

  async openReader(): Promise<BlobReader> {
    const { sizeBytes } = this.#finishedOrThrow();
    return openDiskReader(this.#path, sizeBytes);
  }

  async commit(key: string): Promise<{ existed: boolean }> {
    const { sizeBytes } = this.#finishedOrThrow();
    const target = this.#pathOf(key);
    const existed = await writing(() => publishFile(this.#path, target, sizeBytes));
    await this.abort();
    return { existed };
  }

  /** Like `commit`, but these bytes take the place of whatever was there. */
  async replace(key: string): Promise<void> {
    this.#finishedOrThrow();
    const target = this.#pathOf(key);
    await writing(async () => {
      await syncFile(this.#path);
      await makeFolderDurably(dirname(target));
      await rename(this.#path, target);
      await syncFolder(dirname(target));
    });
  }

  async abort(): Promise<void> {
    if (this.#isGone) return;
    await this.#closeHandle();
    try {
      await unlink(this.#path);
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw writeError(error);
    }
    this.#isGone = true;
  }

  async #closeHandle(): Promise<void> {
    const handle = this.#handle;
    if (!handle) return;
    this.#handle = null;
    await this.#batches.release();
    await handle.close();
  }

  #finishedOrThrow(): { sha256: string; sizeBytes: number } {
    if (!this.#finished || this.#isGone) throw new Error("Finish the writer first.");
    return this.#finished;
  }
}
