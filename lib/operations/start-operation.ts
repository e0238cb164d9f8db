import type { Ctx } from "#lib/context.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import { isUniqueViolation } from "#lib/db/database-errors.ts";
import type { Operation } from "#lib/db/generated/client.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import type { QueuedKind } from "./schema.ts";
import { announceOperation, queueOperation } from "./store.ts";

/** Queues an operation in the name of the actor, who may do what it does: the caller has asked. Throws `run_in_progress`. */
export async function startOperation(
  ctx: Ctx,
  { kind, subject }: { kind: QueuedKind; subject: string | null },
): Promise<Operation> {
  const start = () =>
    inTransaction(ctx.db, async (tx) => {
      const { id: actorId, name: actor } = ctx.actor;
      const createdAt = await databaseNow(tx);
      const row = await tx.operation.create({ data: { kind, subject, actor, actorId, createdAt } });
      await queueOperation(tx, { id: row.id, kind });
      await announceOperation(tx, ctx, row);
      return row;
    });
  return start().catch((error) => {
    throw inProgress(error, kind);
  });
}

/** Of some kinds one runs at a time: an index sees to it. Gives what is to be thrown. */
export function inProgress(error: unknown, kind: string): unknown {
  if (!isUniqueViolation(error)) return error;
  return new RegistryError("run_in_progress", `A ${kind} is running already; wait for its end.`, {
    cause: error,
  });
}
