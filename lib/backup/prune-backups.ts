import { inParallelFrom } from "#lib/in-parallel.ts";
import { backupBlobKey, backupFolder } from "#lib/storage/backup-layout.ts";
import { listStoredBlobs, readBlobList } from "./blob-list.ts";
import { chooseKept, type Keep, timeOf } from "./choose-kept.ts";
import { findBackups } from "./find-backups.ts";
import { readManifest } from "./manifest.ts";
import type { BackupTarget } from "./target.ts";

/** A blob so young may be of a backup that nobody here knows of. */
const GRACE_MS = 24 * 60 * 60 * 1000;
const LANES = 16;

/** `ids`: backups that are gone. */
export type Pruned = { ids: string[]; blobs: number };

/**
 * Removes the backups that are not to be kept, what unfinished ones have left, and the blobs that no backup needs any more. The
 * caller has the lock of backups. A backup ends with its manifest, so that one whose removal was interrupted is an unfinished one. No
 * blob goes while a backup that stays cannot be read: it may need any of them.
 */
export async function pruneBackups(
  target: BackupTarget,
  keep: Keep,
  { signal, graceMs = GRACE_MS }: { signal: AbortSignal; graceMs?: number },
): Promise<Pruned> {
  const { finished, unfinished } = await findBackups(target);
  const readable = finished.filter(({ isEncrypted }) => isEncrypted === target.isEncrypted);
  const kept = chooseKept(
    readable.map(({ id }) => ({ id, at: timeOf(id) })),
    keep,
  );
  const outdated = readable.filter(({ id }) => !kept.has(id)).map(({ id }) => id);
  for (const id of [...outdated, ...unfinished]) {
    signal.throwIfAborted();
    await removeBackup(target, id);
  }
  if (outdated.length + unfinished.length === 0) return { ids: [], blobs: 0 };
  const needed = await readNeeded(target, [...kept]);
  return { ids: outdated, blobs: await removeBlobs(target, needed, { signal, graceMs }) };
}

async function removeBackup(target: BackupTarget, id: string): Promise<void> {
  const keys: string[] = [];
  for await (const key of target.storage.list(backupFolder(id))) keys.push(key);
  const isManifest = (key: string) => key.includes("/manifest.json");
  for (const key of [...keys.filter(isManifest), ...keys.filter((key) => !isManifest(key))])
    await target.storage.remove(key);
}

/** As bytes: a million digests take 32 MB of them, and several times that as texts. */
async function readNeeded(target: BackupTarget, ids: readonly string[]): Promise<Set<bigint>> {
  const needed = new Set<bigint>();
  for (const id of ids) {
    await readManifest(target, id);
    for await (const { sha256 } of readBlobList(target, id)) needed.add(shorten(sha256));
  }
  return needed;
}

/** 128 bits of a digest: that two of them are the same would keep a blob, and never remove one. */
const shorten = (sha256: string) => BigInt(`0x${sha256.slice(0, 32)}`);

async function removeBlobs(
  target: BackupTarget,
  needed: ReadonlySet<bigint>,
  { signal, graceMs }: { signal: AbortSignal; graceMs: number },
): Promise<number> {
  const before = (await target.storage.now()).getTime() - graceMs;
  let removed = 0;
  await inParallelFrom(LANES, listStoredBlobs(target), async (sha256) => {
    if (needed.has(shorten(sha256))) return;
    signal.throwIfAborted();
    const key = backupBlobKey(sha256) + target.suffix;
    const found = await target.storage.stat(key);
    if (found === null || found.modifiedAt.getTime() >= before) return;
    await target.storage.remove(key);
    removed += 1;
  });
  return removed;
}
