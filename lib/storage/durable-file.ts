import { type FileHandle, link, open, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { hasCode } from "./disk-errors.ts";
import { makeFolderDurably, syncFolder } from "./durable-folder.ts";

/**
 * Gives the bytes of `path` the name `target` durably; true if the same bytes were there before. A file of another
 * length at `target` is damaged (names are digests) and is replaced.
 */
export async function publishFile(
  path: string,
  target: string,
  sizeBytes: number,
): Promise<boolean> {
  const folder = dirname(target);
  if ((await sizeOf(target)) === sizeBytes) {
    // The other writer may not have reached its own fsync of the folder yet.
    await syncFolder(folder);
    return true;
  }
  await syncFile(path);
  await makeFolderDurably(folder);
  const existed = await linkOrRename(path, target, sizeBytes);
  await syncFolder(folder);
  return existed;
}

/** A hard link fails if the name exists, so that of two writers at once the first one stays. */
async function linkOrRename(path: string, target: string, sizeBytes: number): Promise<boolean> {
  try {
    await link(path, target);
    return false;
  } catch (error) {
    const canLink = !hasCode(error, "EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK");
    if (canLink && !hasCode(error, "EEXIST")) throw error;
  }
  if ((await sizeOf(target)) === sizeBytes) return true;
  await rename(path, target);
  return false;
}

/** A write may take only a part of the bytes: the volume is about to be full, or a signal came. */
export async function writeAll(
  handle: FileHandle,
  batch: Uint8Array,
  position: number,
): Promise<void> {
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
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return null;
    throw error;
  }
}
