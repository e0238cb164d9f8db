import type { Ctx } from "#lib/context.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import { isUniqueViolation } from "#lib/db/database-errors.ts";
import type { Operation, Prisma } from "#lib/db/generated/client.ts";
import { inTransaction, type TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import type { QueuedKind } from "./schema.ts";
import { announceOperation, queueOperation } from "./store.ts";

/** Queues an operation in the name of the actor, who may do what it does: the caller has asked. Throws `run_in_progress`. */
export async function startOperation(
  ctx: Ctx,
  { kind, subject }: { kind: QueuedKind; subject: string | null },
): Promise<Operation> {
  return inTransaction(ctx.db, (tx) => insertOperation(tx, ctx, kind, subject)).catch((error) => {
    throw inProgress(error, kind);
  });
}

/** For work that takes what it finds: nothing is queued beside one that waits, and one that runs may have looked already. */
export async function queueOperationOnce(
  tx: TransactionClient,
  ctx: Ctx,
  kind: QueuedKind,
): Promise<void> {
  const waiting = await tx.operation.findFirst({ where: { kind, state: "queued" } });
  if (waiting === null) await insertOperation(tx, ctx, kind, null);
}

/** `startOperation` in a transaction of the caller's: the operation exists when, and only when, that commits. */
export async function insertOperation(
  tx: TransactionClient,
  ctx: Ctx,
  kind: QueuedKind,
  subject: string | null,
  input?: Prisma.InputJsonObject,
): Promise<Operation> {
  const { id: actorId, name: actor } = ctx.actor;
  const createdAt = await databaseNow(tx);
  const row = await tx.operation.create({
    data: { kind, subject, actor, actorId, createdAt, ...(input && { input }) },
  });
  await queueOperation(tx, { id: row.id, kind });
  await announceOperation(tx, ctx, row);
  return row;
}

/** Of some kinds one runs at a time: an index sees to it. Gives what is to be thrown. */
export function inProgress(error: unknown, kind: string): unknown {
  if (!isUniqueViolation(error)) return error;
  return new RegistryError("run_in_progress", `A ${kind} is running already; wait for its end.`, {
    cause: error,
  });
}
