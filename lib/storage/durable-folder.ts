import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { hasCode } from "./disk-errors.ts";
import { SharedSync } from "./shared-sync.ts";

/** What is being synced and made, by path: many files are published at once, and share the work on their folders. */
const syncs = new Map<string, SharedSync>();
const making = new Map<string, Promise<void>>();

/** Makes the entries of a folder, as they are now, survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const shared = syncs.get(folder) ?? new SharedSync();
  syncs.set(folder, shared);
  try {
    await shared.run(() => syncNow(folder));
  } finally {
    if (shared.isIdle) syncs.delete(folder);
  }
}

async function syncNow(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } catch (error) {
    // Some network and FUSE file systems refuse fsync on folders; they order metadata themselves.
    if (!hasCode(error, "EINVAL", "ENOTSUP", "EISDIR")) throw error;
  } finally {
    await handle.close();
  }
}

/**
 * Creates a folder and its parents; each new entry is durable when it resolves, also one that somebody else in this
 * process is making: a folder that is there is not durable yet.
 */
export async function makeFolderDurably(folder: string): Promise<void> {
  const begun = making.get(folder) ?? make(folder).finally(() => making.delete(folder));
  making.set(folder, begun);
  await begun;
}

async function make(folder: string): Promise<void> {
  const parent = dirname(folder);
  await making.get(parent);
  try {
    await mkdir(folder);
  } catch (error) {
    if (hasCode(error, "EEXIST")) return;
    if (!hasCode(error, "ENOENT") || parent === folder) throw error;
    await makeFolderDurably(parent);
    return make(folder);
  }
  await syncFolder(parent);
}
