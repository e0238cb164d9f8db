import { resolveAlert } from "#lib/alerts/raise-alert.ts";
import type { Ctx } from "#lib/context.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import { inTransaction, STORE_TIMEOUT_MS, type TransactionClient } from "#lib/db/transaction.ts";
import { addJob } from "#lib/operations/add-job.ts";
import { blobKey, compressedBlobKey } from "#lib/storage/layout.ts";
import { announceStorage } from "../announce-storage.ts";
import { refreshStoredBytes } from "../compression/record-compression.ts";

/**
 * Records a blob as raw and sound again: the compressed copy that was damaged goes, and the compression may try anew.
 * Both happen while the row is locked, or else the raw bytes could be dropped as superfluous before the row says that
 * they are stored, or the removed copy could be one that the compression has made since. Nothing changes when the raw
 * bytes are gone already: then the compressed copy was sound after all.
 */
export async function recordHealed(ctx: Ctx, sha256: string, sizeBytes: number): Promise<void> {
  const record = async (tx: TransactionClient): Promise<boolean> => {
    await tx.$queryRaw`select 1 from blob where digest = ${sha256} for update`;
    const raw = await ctx.storage.stat(blobKey(sha256));
    if (raw?.sizeBytes !== sizeBytes) return false;
    await makeRaw(tx, ctx, sha256, sizeBytes);
    await ctx.storage.remove(compressedBlobKey(sha256));
    return true;
  };
  if (!(await inTransaction(ctx.db, record, { timeout: STORE_TIMEOUT_MS }))) return;
  ctx.log.info(
    { operation: "heal_blob", digest: sha256 },
    "sound bytes took a damaged blob's place",
  );
}

/** The raw bytes are there and were hashed a moment ago: from now on they are the stored form, and the only one. */
export async function makeRaw(
  tx: TransactionClient,
  ctx: Ctx,
  sha256: string,
  sizeBytes: number,
): Promise<void> {
  await tx.blob.update({
    where: { digest: sha256 },
    data: {
      encoding: "raw",
      storedBytes: BigInt(sizeBytes),
      compression: "pending",
      verifiedAt: await databaseNow(tx),
    },
  });
  // The blob borrows nothing any more; blobs that borrow from it find their blocks in the raw bytes.
  await tx.blobSource.deleteMany({ where: { digest: sha256 } });
  await tx.piece.deleteMany({ where: { digest: sha256 } });
  await refreshStoredBytes(tx, sha256);
  await markSound(tx, ctx, sha256);
}

/** Ends the alert. Blobs that were damaged only because they borrow from this one are looked at again. */
export async function markSound(tx: TransactionClient, ctx: Ctx, sha256: string): Promise<void> {
  await tx.blob.update({ where: { digest: sha256 }, data: { damagedAt: null } });
  await resolveAlert(tx, "blob_damaged", `sha256:${sha256}`, ctx.now());
  const borrowers = await tx.blobSource.findMany({
    where: { sourceDigest: sha256, blob: { damagedAt: { not: null } } },
    select: { digest: true },
  });
  for (const { digest } of borrowers)
    await addJob(tx, "check-blob", { sha256: digest }, { key: `check-blob:${digest}` });
  await announceStorage(tx, ctx, "storage.blob.healed");
}
