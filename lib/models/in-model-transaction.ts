import { inTransaction, type TransactionClient } from "#lib/db/transaction.ts";
import type { ModelCtx } from "./model-context.ts";
import { nameKey } from "./store.ts";

/** `inTransaction` for work that locks the model of this name, when its turn has come (`model-turns.ts`). */
export function inModelTransaction<T>(
  ctx: ModelCtx,
  name: string,
  work: (tx: TransactionClient) => Promise<T>,
): Promise<T> {
  return ctx.turns.run(nameKey(name), () => inTransaction(ctx.db, work));
}
