import { isRegistryError, type RegistryError } from "#lib/errors.ts";
import { inParallel } from "#lib/in-parallel.ts";
import { backupTableKey } from "#lib/storage/backup-layout.ts";
import type { BlobCopier } from "./blob-copier.ts";
import { compareSorted, type ListedBlob, listStoredBlobs, readBlobList } from "./blob-list.ts";
import { blobListKey, type Manifest, readSignedManifest } from "./manifest.ts";
import { checkRows } from "./rows-file.ts";
import type { BackupTarget } from "./target.ts";

/** A share of the blobs is read each time, another one the next time, so that all are read in so many times. At least one blob is. */
export const SHARES = 16;
const TABLES_AT_ONCE = 8;
/** More problems say no more. */
const MOST_PROBLEMS = 100;

export type Verification = {
  manifest: Manifest | null;
  /** The public key that signed the manifest, as the server prints its own at its start. */
  signedBy: string | null;
  /** Blobs that were read to their end, of all that the backup names. */
  blobs: number;
  bytes: number;
  problems: string[];
  /** Blobs that are there with other bytes, at most as many as problems. */
  damaged: ListedBlob[];
};

export type VerifyInput = {
  id: string;
  /** Which share of the blobs is read, from 0; null is all of them. */
  share: number | null;
  signal: AbortSignal;
  /** Before anything else of it is read; what it throws ends the verification. */
  onManifest?: (read: { manifest: Manifest; signedBy: string }) => void;
  /** `of`: how many blobs the backup names. */
  onProgress?: (read: { blobs: number; bytes: number; of: number }) => Promise<void>;
};

/**
 * Reads the manifest, all rows, the list of blobs, whether all blobs are there, and some or all of their bytes. What is wrong is
 * in `problems`; throws only where nothing is learnt, as for a place that cannot be reached.
 */
export async function verifyBackup(
  target: BackupTarget,
  copier: BlobCopier,
  { id, share, signal, onManifest, onProgress }: VerifyInput,
): Promise<Verification> {
  const found: Verification = {
    manifest: null,
    signedBy: null,
    blobs: 0,
    bytes: 0,
    problems: [],
    damaged: [],
  };
  const note = (problem: string) => {
    if (found.problems.length < MOST_PROBLEMS) found.problems.push(problem);
  };
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
      return true;
    } catch (error) {
      if (!isDamage(error)) throw error;
      note(error.detail);
      return false;
    }
  };
  await attempt(async () => {
    const read = await readSignedManifest(target, id);
    onManifest?.(read);
    Object.assign(found, read);
  });
  const { manifest } = found;
  if (manifest === null) return found;
  await inParallel(TABLES_AT_ONCE, manifest.tables, async (table) => {
    signal.throwIfAborted();
    await attempt(() => checkRows(target, backupTableKey(id, table.name), table));
  });
  if (!(await attempt(() => checkRows(target, blobListKey(id), manifest.blobs)))) return found;
  const known = new Set(manifest.missing.map(({ sha256 }) => sha256));
  async function* toRead(): AsyncGenerator<ListedBlob> {
    // Of few blobs none may be of the share: then the one that comes next is read.
    let next: (ListedBlob & { distance: number }) | null = null;
    for await (const blob of compareSorted(readBlobList(target, id), listStoredBlobs(target))) {
      if (!blob.isThere && !known.has(blob.sha256)) note(`sha256:${blob.sha256} is missing.`);
      if (!blob.isThere) continue;
      const distance = share === null ? 0 : (shareOf(blob.sha256) - share + SHARES) % SHARES;
      if (distance === 0) yield blob;
      if (next === null || distance < next.distance) next = { ...blob, distance };
    }
    if (next !== null && next.distance > 0) yield next;
  }
  await copier.forEach("check", toRead(), signal, async ({ sha256, sizeBytes }, { failure }) => {
    if (failure !== null && !isDamage(failure)) throw failure;
    if (failure !== null) {
      note(`sha256:${sha256} is damaged.`);
      if (found.damaged.length < MOST_PROBLEMS) found.damaged.push({ sha256, sizeBytes });
    }
    found.blobs += 1;
    found.bytes += sizeBytes;
    await onProgress?.({ blobs: found.blobs, bytes: found.bytes, of: manifest.blobs.rows });
  });
  return found;
}

/** Digests are as good as random, so the shares are equal. */
export const shareOf = (sha256: string) => Number.parseInt(sha256.slice(0, 8), 16) % SHARES;

function isDamage(error: unknown): error is RegistryError {
  return (
    isRegistryError(error) &&
    (error.code === "storage_corrupt" ||
      error.code === "blob_not_found" ||
      error.code === "not_found")
  );
}
