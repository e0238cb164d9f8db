import { resolveAlert } from "../alerts/raise-alert.ts";
import type { Ctx } from "../context.ts";
import { inTransaction, STORE_TIMEOUT_MS, type TransactionClient } from "../db/transaction.ts";
import { blobKey, compressedBlobKey } from "../storage/layout.ts";
import { isUnheld } from "./unheld.ts";

/**
 * Removes a blob's bytes and its row, if nothing holds it when its row is locked. Gives the bytes that came free, null
 * when it stays. A crash between the bytes and the commit leaves a row without bytes, which the next try removes; a
 * registration that claims the blob meanwhile waits for the lock and then writes the bytes again.
 */
export async function freeBlob(
  ctx: Ctx,
  sha256: string,
  claimedBefore: Date,
): Promise<number | null> {
  const free = async (tx: TransactionClient): Promise<number | null> => {
    const [row] = await tx.$queryRaw<{ stored_bytes: bigint }[]>`
      select stored_bytes from blob where digest = ${sha256} and ${isUnheld(claimedBefore)} for update`;
    if (row === undefined || !(await isStillUnheld())) return null;
    for (const key of [blobKey(sha256), compressedBlobKey(sha256)]) await ctx.storage.remove(key);
    await tx.$executeRaw`delete from blob where digest = ${sha256}`;
    await resolveAlert(tx, "blob_damaged", `sha256:${sha256}`, ctx.now());
    return Number(row.stored_bytes);

    /**
     * A `select for update` that waited sees the row as it is now, but its subqueries as they were: somebody may
     * have referred to the blob and committed while we waited.
     */
    async function isStillUnheld(): Promise<boolean> {
      const rows = await tx.$queryRaw<unknown[]>`
        select 1 from blob where digest = ${sha256} and ${isUnheld(claimedBefore)}`;
      return rows.length > 0;
    }
  };
  const freed = await inTransaction(ctx.db, free, { timeout: STORE_TIMEOUT_MS });
  if (freed !== null) await ctx.blobs.evict(sha256);
  return freed;
}
