import { databaseNow } from "#lib/db/database-clock.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";

/** Whether the locked row is in the trash, and has been for as long as it must. */
export async function isInTrash(
  tx: TransactionClient,
  deletedAt: Date | null,
  trashedForMs: number | undefined,
): Promise<boolean> {
  if (deletedAt === null || trashedForMs === undefined) return deletedAt !== null;
  return (await databaseNow(tx)).getTime() - deletedAt.getTime() >= trashedForMs;
}
