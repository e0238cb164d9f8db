/** Rows of loads. Every change of one happens under the lock of its operation, with its events, in one transaction. */
import type { Ctx } from "#lib/context.ts";
import type { ClusterLoad, Operation, Prisma } from "#lib/db/generated/client.ts";
import { inTransaction, type TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import { publishEvent } from "#lib/events/event-bus.ts";
import { LOAD_PROGRESSED } from "#lib/events/schema.ts";
import { announceOperation } from "#lib/operations/store.ts";
import { isVisible } from "#lib/operations/visible-operations.ts";
import type { ProgressRow } from "./agent-schema.ts";
import { followLoadEnd } from "./follow-load-end.ts";
import type { LoadAction, LoadDetailWire, LoadMode, LoadState, LoadWire } from "./schema.ts";

/** A load without how far each worker is, which may be megabytes. */
export type LoadRow = Omit<ClusterLoad, "progress"> & { operation: Operation };
export type LoadChange = {
  operation?: Prisma.OperationUpdateInput;
  load?: Omit<Prisma.ClusterLoadUpdateInput, "operation">;
};

export const withOperation = {
  omit: { progress: true },
  include: { operation: true },
} as const satisfies Prisma.ClusterLoadDefaultArgs;

/** The counters of an operation of these kinds. */
export type LoadCounters = {
  bytes_done: number;
  bytes_total: number;
  workers: number;
  ready: number;
  failed: number;
};

const NOTHING: LoadCounters = { bytes_done: 0, bytes_total: 0, workers: 0, ready: 0, failed: 0 };

/** `done` of an operation is `succeeded` of a load: that one fails by workers, not by an exception. */
const STATE_OF: Readonly<Record<string, LoadState>> = {
  queued: "queued",
  running: "running",
  done: "succeeded",
  failed: "failed",
  cancelled: "cancelled",
};
export const OPERATION_STATE_OF = {
  queued: "queued",
  running: "running",
  succeeded: "done",
  failed: "failed",
  cancelled: "cancelled",
} as const satisfies Record<LoadState, string>;

export function loadToWire({ operation, ...load }: LoadRow): LoadWire {
  const counters = { ...NOTHING, ...(operation.progress as Partial<LoadCounters>) };
  return {
    id: operation.id.toString(),
    action: operation.kind as LoadAction,
    model: load.modelName,
    version: load.version,
    digest: `sha256:${load.digest}`,
    size_bytes: Number(load.sizeBytes),
    mode: load.mode as LoadMode,
    scheduler_address: load.schedulerAddress,
    workers: load.workers.length === 0 ? null : load.workers,
    state: STATE_OF[operation.state] ?? "failed",
    cancel_requested: operation.cancelRequestedAt !== null,
    agent: load.agent as LoadWire["agent"],
    error: load.errorCode === null ? null : { code: load.errorCode, detail: operation.error ?? "" },
    bytes_done: counters.bytes_done,
    bytes_total: counters.bytes_total,
    worker_counts: {
      total: counters.workers,
      ready: counters.ready,
      failed: counters.failed,
    },
    created_at: operation.createdAt.toISOString(),
    created_by: operation.actor,
    started_at: operation.startedAt?.toISOString() ?? null,
    finished_at: operation.finishedAt?.toISOString() ?? null,
    attempts: operation.attempts,
  };
}

export function detailToWire({ progress, ...row }: LoadRow & ClusterLoad): LoadDetailWire {
  return { ...loadToWire(row), progress: progress as ProgressRow[] };
}

/** A load is two rows, which Prisma reads one after the other: between them it may have ended. */
export function inSnapshot<T>(
  db: Ctx["db"],
  read: (tx: TransactionClient) => Promise<T>,
): Promise<T> {
  return inTransaction(db, read, { isolationLevel: "RepeatableRead" });
}

/** Throws `load_not_found`, also of one whose model the actor may not see. */
export async function getLoadRow(
  ctx: Ctx,
  db: Ctx["db"] | TransactionClient,
  id: bigint,
): Promise<LoadRow> {
  const row = await db.clusterLoad.findUnique({ where: { operationId: id }, ...withOperation });
  if (row !== null && (await isVisible(ctx, db, row.operation.subject))) return row;
  throw new RegistryError("load_not_found", `There is no load ${id}.`);
}

/** Changes a load to what `decide` makes of it; null leaves it as it is. Gives it as it is then. Throws `load_not_found`. */
export async function changeLoad(
  ctx: Ctx,
  id: bigint,
  decide: (row: LoadRow, tx: TransactionClient) => Promise<LoadChange | null>,
): Promise<LoadRow> {
  return inTransaction(ctx.db, async (tx) => {
    await tx.$queryRaw`select 1 from operation where id = ${id} for update`;
    const found = await getLoadRow(ctx, tx, id);
    const change = await decide(found, tx);
    return change === null ? found : applyChange(tx, ctx, found, change);
  });
}

/** For a row whose operation this transaction has locked. */
export async function applyChange(
  tx: TransactionClient,
  ctx: Ctx,
  { operationId, operation: before }: LoadRow,
  { operation, load = {} }: LoadChange,
): Promise<LoadRow> {
  const row = await tx.clusterLoad.update({
    where: { operationId },
    data: operation === undefined ? load : { ...load, operation: { update: operation } },
    ...withOperation,
  });
  const isAsked = before.cancelRequestedAt === null && row.operation.cancelRequestedAt !== null;
  const hasMoved = row.operation.state !== before.state;
  if (hasMoved) await followLoadEnd(tx, ctx, loadToWire(row));
  await announceLoad(tx, ctx, row, isAsked || hasMoved);
  return row;
}

/**
 * Those who wait for a load, and pages that show loads, look again. Progress is told apart, since it is told every
 * second: `isMoved` is false for it.
 */
export async function announceLoad(
  tx: TransactionClient,
  ctx: Ctx,
  row: LoadRow,
  isMoved = true,
): Promise<void> {
  const { operation, modelName, version } = row;
  if (isMoved) await announceOperation(tx, ctx, operation);
  await publishEvent(tx, {
    action: isMoved ? `load.${STATE_OF[operation.state]}` : LOAD_PROGRESSED,
    model: modelName,
    version,
    actor: operation.actor,
    at: ctx.now().toISOString(),
  });
}

export const LOAD_QUEUED = "load.queued";
