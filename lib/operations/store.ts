/** Rows of operations: every change of one happens under its lock, with its event, in one transaction. */
import type { Ctx } from "#lib/context.ts";
import type { Operation, Prisma } from "#lib/db/generated/client.ts";
import { inTransaction, type TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import { publishEvent } from "#lib/events/event-bus.ts";
import { addJob } from "./add-job.ts";
import { TASK_OF_KIND } from "./kinds.ts";
import type { OperationKind, OperationWire, QueuedKind } from "./schema.ts";
import { isVisible } from "./visible-operations.ts";

export type Progress = OperationWire["progress"];

export function operationToWire(row: Operation): OperationWire {
  return {
    id: row.id.toString(),
    kind: row.kind as OperationKind,
    subject: row.subject,
    state: row.state as OperationWire["state"],
    progress: row.progress as Progress,
    actor: row.actor,
    created_at: row.createdAt.toISOString(),
    started_at: row.startedAt?.toISOString() ?? null,
    finished_at: row.finishedAt?.toISOString() ?? null,
    error: row.error,
    attempts: row.attempts,
    cancel_requested_at: row.cancelRequestedAt?.toISOString() ?? null,
  };
}

/** Throws `operation_not_found`, also of one that the actor may not see. */
export async function getOperationRow(
  ctx: Ctx,
  db: Ctx["db"] | TransactionClient,
  id: bigint,
): Promise<Operation> {
  const row = await db.operation.findUnique({ where: { id } });
  if (row !== null && (await isVisible(ctx, db, row.subject))) return row;
  throw new RegistryError("operation_not_found", `There is no operation ${id}.`);
}

/**
 * Changes a row to what `decide` makes of it, and announces that; null leaves the row as it is. Gives the row as it is
 * then. Throws `operation_not_found`.
 */
export async function changeOperation(
  ctx: Ctx,
  id: bigint,
  decide: (row: Operation, tx: TransactionClient) => Promise<Prisma.OperationUpdateInput | null>,
): Promise<Operation> {
  return inTransaction(ctx.db, async (tx) => {
    await tx.$queryRaw`select 1 from operation where id = ${id} for update`;
    const found = await getOperationRow(ctx, tx, id);
    const data = await decide(found, tx);
    if (data === null) return found;
    const row = await tx.operation.update({ where: { id }, data });
    await announceOperation(tx, ctx, row);
    return row;
  });
}

/** Pages that show operations look again. */
export async function announceOperation(
  tx: TransactionClient,
  ctx: Ctx,
  row: Operation,
): Promise<void> {
  await publishEvent(tx, {
    action: `operation.${row.kind}.${row.state}`,
    model: null,
    version: null,
    actor: row.actor,
    at: ctx.now().toISOString(),
  });
}

/** The job has the operation's key, so that there is one at most. It waits for its turn in the lane of its task. */
export function queueOperation(
  db: Ctx["db"] | TransactionClient,
  { id, kind }: { id: bigint; kind: QueuedKind },
): Promise<void> {
  const payload = { operation_id: id.toString() };
  return addJob(db, TASK_OF_KIND[kind], payload, { key: `operation:${id}` });
}
