import type { Ctx } from "#lib/context.ts";
import { inTransaction, type TransactionClient } from "#lib/db/transaction.ts";
import { nameKey } from "./store.ts";

/** `inTransaction` for what locks the model of this name, when it is its turn (`model-turns.ts`). */
export function inModelTransaction<T>(
  ctx: Ctx,
  name: string,
  work: (tx: TransactionClient) => Promise<T>,
): Promise<T> {
  return ctx.turns.run(nameKey(name), () => inTransaction(ctx.db, work));
}
