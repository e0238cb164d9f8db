import { resolveAlert } from "#lib/alerts/raise-alert.ts";
import { inTransaction, STORE_TIMEOUT_MS, type TransactionClient } from "#lib/db/transaction.ts";
import { blobKey, compressedBlobKey } from "#lib/storage/layout.ts";
import type { BlobCtx } from "../blob-context.ts";
import { HAS_NO_HOLDER } from "../unheld.ts";

/**
 * A blob that is to be freed, as `collectBlobs` marked its row: with a new `incarnation`, so that no claim of before can
 * be proven any more, and with a claim of 1970, which any later claim replaces.
 */
export type DueBlob = { digest: string; incarnation: bigint };

/**
 * Removes a blob's bytes and its row, if nothing holds it when its row is locked. Returns the bytes that came free,
 * null when the blob stays. A crash between the bytes and the commit leaves a marked row without bytes, which the
 * next try removes; a registration that claims the blob meanwhile waits for the lock and then writes the bytes again.
 */
export async function freeBlob(
  ctx: BlobCtx,
  { digest: sha256, incarnation }: DueBlob,
): Promise<number | null> {
  const free = async (tx: TransactionClient): Promise<number | null> => {
    const [row] = await tx.$queryRaw<{ stored_bytes: bigint }[]>`
      select stored_bytes from blob
      where digest = ${sha256} and incarnation = ${incarnation} and claimed_at = 'epoch' for update`;
    if (row === undefined || !(await isStillUnheld())) return null;
    for (const key of [blobKey(sha256), compressedBlobKey(sha256)]) await ctx.storage.remove(key);
    await tx.$executeRaw`delete from blob where digest = ${sha256}`;
    await resolveAlert(tx, "blob_damaged", `sha256:${sha256}`, ctx.now());
    return Number(row.stored_bytes);

    /**
     * Asked with the row locked, in a statement of its own: it sees references that were made while this transaction
     * waited.
     */
    async function isStillUnheld(): Promise<boolean> {
      const rows = await tx.$queryRaw<unknown[]>`
        select 1 from blob where digest = ${sha256} and ${HAS_NO_HOLDER}`;
      return rows.length > 0;
    }
  };
  const freed = await inTransaction(ctx.db, free, { timeout: STORE_TIMEOUT_MS });
  if (freed !== null) await ctx.blobs.evict(sha256);
  return freed;
}
