import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { hasCode } from "./disk-errors.ts";

/** Makes the entries of a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
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

/** Creates a folder and its parents; each new entry is durable when it resolves. */
export async function makeFolderDurably(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === first) return;
  }
}
