import type { Ctx } from "#lib/context.ts";
import { inTransaction, STORE_TIMEOUT_MS, type TransactionClient } from "#lib/db/transaction.ts";
import { blobKey, compressedBlobKey } from "#lib/storage/layout.ts";

/**
 * Removes the raw copy of a blob whose compressed copy is what the database knows. The row stays locked meanwhile:
 * whoever heals a damaged blob with raw bytes changes the row first, and these bytes stay. Repeatable.
 */
export async function dropRawCopy(ctx: Ctx, sha256: string): Promise<void> {
  const drop = async (tx: TransactionClient): Promise<void> => {
    const [row] = await tx.$queryRaw<{ stored_bytes: bigint }[]>`
      select stored_bytes from blob
      where digest = ${sha256} and encoding = 'mrz' and damaged_at is null for update`;
    if (!row) return;
    const compressed = await ctx.storage.stat(compressedBlobKey(sha256));
    if (compressed?.sizeBytes !== Number(row.stored_bytes)) return;
    await ctx.storage.remove(blobKey(sha256));
  };
  await inTransaction(ctx.db, drop, { timeout: STORE_TIMEOUT_MS });
}
