import type { StorageDriver } from "#lib/storage/contract.ts";
import { blobKey, compressedBlobKey } from "#lib/storage/layout.ts";

/** A finished `BlobWriter`, or an `UploadArea` whose digest was verified. */
export type FinishedBytes = {
  /** See `lib/storage/block-sums.ts`. */
  readonly blockSums: Uint8Array;
  commit: (key: string) => Promise<{ existed: boolean }>;
};

/** Facts of the database about a blob that is about to be published again. */
export type KnownBlob = {
  encoding: string;
  /** Length of the stored form. */
  storedBytes: number;
  isDamaged: boolean;
};

/**
 * Makes the bytes durable under their digest. False when a sound compressed copy is there: nothing is written then,
 * and the caller drops its bytes. A compressed copy is believed only when the database knows of it, since one that a
 * crash left behind may refer to blobs that are gone.
 */
export async function publishBlob(
  storage: StorageDriver,
  bytes: Pick<FinishedBytes, "commit">,
  sha256: string,
  known: KnownBlob | null,
): Promise<boolean> {
  if (known?.encoding === "mrz" && !known.isDamaged) {
    const compressed = await storage.stat(compressedBlobKey(sha256));
    if (compressed?.sizeBytes === known.storedBytes) return false;
  }
  // A commit keeps bytes of the right length that are there already, so wrong ones have to go first.
  if (known?.isDamaged) await storage.remove(blobKey(sha256));
  await bytes.commit(blobKey(sha256));
  return true;
}
