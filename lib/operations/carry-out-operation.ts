/** Carries an operation from `queued` to an end, or to its next attempt. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Ctx } from "#lib/context.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import type { Operation, Prisma } from "#lib/db/generated/client.ts";
import { isRegistryError } from "#lib/errors.ts";
import { changeOperation, type Progress } from "./store.ts";

/** With the pauses of the queue (3, 7, 20 and 55 seconds) the last attempt begins a minute and a half after the first. */
export const ATTEMPTS_MAX = 5;
/** How often the row is asked whether the operation is to be cancelled. */
const LOOK_EVERY_MS = 1_000;
/** What is kept of an error's text. */
const ERROR_MAX_LENGTH = 2_000;

/** `error`: what an operation that is done had to leave out. `subject`: what it was about, where only the work could tell. */
export type Outcome = { progress: Progress; error?: string; subject?: string };
export type Work = (
  operation: Operation,
  tools: { signal: AbortSignal; save: (progress: Progress) => Promise<void> },
) => Promise<Outcome>;

/**
 * Runs `work` for an operation that waits, or whose process is gone; does nothing for any other. `work` goes on from the
 * row's progress where it can, and stops when its signal says so: at a shutdown the operation stays as it is and is taken
 * up again, a cancelled one ends.
 *
 * An error is written down. If another attempt makes sense it is thrown on, so that the queue tries again after a pause;
 * else the operation has failed and nothing is thrown.
 */
export async function carryOutOperation(
  ctx: Ctx,
  operationId: string,
  shutdown: AbortSignal,
  work: Work,
): Promise<void> {
  const id = BigInt(operationId);
  const operation = await begin(ctx, id);
  if (operation === null) return;
  let progress = operation.progress as Progress;
  const save = async (changed: Progress) => {
    progress = { ...progress, ...changed };
    await whileRunning(ctx, id, () => ({ progress }));
  };
  const taken = new AbortController();
  const signal = AbortSignal.any([shutdown, taken.signal]);
  const watch = followRow(ctx, id, taken);
  try {
    const outcome = await work(operation, { signal, save });
    await whileRunning(ctx, id, (row, now) => ({
      state: "done",
      subject: outcome.subject ?? row.subject,
      finishedAt: now,
      progress: { ...progress, ...outcome.progress },
      error: outcome.error?.slice(0, ERROR_MAX_LENGTH) ?? null,
    }));
  } catch (error) {
    if (shutdown.aborted) throw error;
    await settleFailure(ctx, id, error);
  } finally {
    watch.abort();
  }
}

/** null: it has ended, or was to be cancelled before it went on. */
async function begin(ctx: Ctx, id: bigint): Promise<Operation | null> {
  const row = await changeOperation(ctx, id, async (found, tx) => {
    if (found.state !== "queued" && found.state !== "running") return null;
    const now = await databaseNow(tx);
    if (found.cancelRequestedAt !== null) return { state: "cancelled", finishedAt: now };
    return { state: "running", startedAt: found.startedAt ?? now };
  });
  return row.state === "running" ? row : null;
}

/** A row that somebody else has ended meanwhile stays as it is. */
async function whileRunning(
  ctx: Ctx,
  id: bigint,
  decide: (row: Operation, now: Date) => Prisma.OperationUpdateInput,
): Promise<void> {
  await changeOperation(ctx, id, async (row, tx) =>
    row.state === "running" ? decide(row, await databaseNow(tx)) : null,
  );
}

async function settleFailure(ctx: Ctx, id: bigint, error: unknown): Promise<void> {
  let next: "queued" | "failed" | "cancelled" | null = null;
  await whileRunning(ctx, id, (row, finishedAt) => {
    next = row.cancelRequestedAt !== null ? "cancelled" : stateAfter(error, row.attempts + 1);
    if (next === "cancelled") return { state: next, finishedAt };
    const failed = { state: next, error: textOf(error), attempts: row.attempts + 1 };
    return next === "failed" ? { ...failed, finishedAt } : failed;
  });
  if (next === "queued") throw error;
  if (next === "failed")
    ctx.log.error({ operation: "operation", operation_id: id.toString(), error }, "failed");
}

function stateAfter(error: unknown, attempts: number): "queued" | "failed" {
  return isPointless(error) || attempts >= ATTEMPTS_MAX ? "failed" : "queued";
}

/** What was asked for is wrong: asking again gives the same answer. */
function isPointless(error: unknown): boolean {
  return isRegistryError(error) && error.status < 500;
}

function textOf(error: unknown): string {
  const text = isRegistryError(error)
    ? error.detail
    : error instanceof Error
      ? error.message
      : String(error);
  return text.slice(0, ERROR_MAX_LENGTH);
}

/** Aborts `taken` when the row says that the work is to end. Abort what this gives to stop looking. */
function followRow(ctx: Ctx, id: bigint, taken: AbortController): AbortController {
  const stop = new AbortController();
  const look = async () => {
    for (;;) {
      await sleep(LOOK_EVERY_MS, undefined, { signal: stop.signal, ref: false });
      const row = await ctx.db.operation
        .findUnique({ where: { id }, select: { state: true, cancelRequestedAt: true } })
        // A database that does not answer says nothing about this operation.
        .catch(() => undefined);
      if (row === undefined) continue;
      if (row?.state === "running" && row.cancelRequestedAt === null) continue;
      taken.abort(new Error("The operation was cancelled."));
      return;
    }
  };
  look().catch(() => undefined);
  return stop;
}
