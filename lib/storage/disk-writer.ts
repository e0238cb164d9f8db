import { createHash } from "node:crypto";
import { type FileHandle, link, open, rename, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BlobReader, BlobWriter } from "./contract.ts";
import { hasCode, writeError, writing } from "./disk-errors.ts";
import { openDiskReader } from "./disk-reader.ts";
import { newTemporaryName } from "./disk-temporary.ts";
import { makeFolderDurably, syncFolder } from "./durable-folder.ts";
import { WriteBatches } from "./write-batches.ts";

/** `pathOf` gives the place of a key in the same file system as `temporaryFolder`. */
export async function createDiskWriter(
  temporaryFolder: string,
  pathOf: (key: string) => string,
): Promise<DiskWriter> {
  const path = join(temporaryFolder, newTemporaryName());
  // "wx": an existing file of that name would be somebody else's.
  return new DiskWriter(path, await writing(() => open(path, "wx", 0o640)), pathOf);
}

export class DiskWriter implements BlobWriter {
  readonly #path: string;
  readonly #pathOf: (key: string) => string;
  readonly #hash = createHash("sha256");
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

  async write(chunk: Uint8Array): Promise<void> {
    if (!this.#handle || this.#finished) throw new Error("The writer takes no more bytes.");
    this.#hash.update(chunk);
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
    const existed = await writing(() => this.#publish(target, sizeBytes));
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

  /** True if the same bytes were there before. */
  async #publish(target: string, sizeBytes: number): Promise<boolean> {
    const folder = dirname(target);
    if ((await sizeOf(target)) === sizeBytes) {
      // The other writer may not have reached its own fsync of the folder yet.
      await syncFolder(folder);
      return true;
    }
    await syncFile(this.#path);
    await makeFolderDurably(folder);
    const existed = await this.#linkOrRename(target, sizeBytes);
    await syncFolder(folder);
    return existed;
  }

  /** A hard link fails if the name exists, so that of two writers at once the first one stays. */
  async #linkOrRename(target: string, sizeBytes: number): Promise<boolean> {
    try {
      await link(this.#path, target);
      return false;
    } catch (error) {
      const canLink = !hasCode(error, "EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK");
      if (canLink && !hasCode(error, "EEXIST")) throw error;
    }
    if ((await sizeOf(target)) === sizeBytes) return true;
    await rename(this.#path, target);
    return false;
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

/** A write may take only a part of the bytes: the volume is about to be full, or a signal came. */
async function writeAll(handle: FileHandle, batch: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < batch.byteLength) {
    const { bytesWritten } = await handle.write(
      batch,
      done,
      batch.byteLength - done,
      position + done,
    );
    done += bytesWritten;
  }
}

/**
 * The handle that wrote was closed by `finish`. A new one reports write-back errors that nobody has seen
 * (fsync(2), Linux 4.13 and later), so the promise of durability holds.
 */
async function syncFile(path: string): Promise<void> {
  const handle = await open(path, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return null;
    throw error;
  }
}
