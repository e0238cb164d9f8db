/** Rows of maintenance runs, and their wire form. */
import type { Ctx } from "#lib/context.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import type { MaintenanceRun } from "#lib/db/generated/client.ts";
import { publishEvent } from "#lib/events/event-bus.ts";
import type { RunKind, RunWire } from "../schema.ts";

export type RunProgress = {
  blobs: number;
  bytes: number;
  total_blobs: number | null;
  total_bytes: number | null;
  freed_blobs: number;
  freed_bytes: number;
  damaged: number;
  healed: number;
  target: string | null;
  error: string | null;
};

const NOTHING_YET: RunProgress = {
  blobs: 0,
  bytes: 0,
  total_blobs: null,
  total_bytes: null,
  freed_blobs: 0,
  freed_bytes: 0,
  damaged: 0,
  healed: 0,
  target: null,
  error: null,
};

export function runToWire(row: MaintenanceRun): RunWire {
  return {
    ...NOTHING_YET,
    ...(row.progress as Partial<RunProgress>),
    id: row.id.toString(),
    kind: row.kind as RunKind,
    state: row.state as RunWire["state"],
    actor: row.actor,
    created_at: row.createdAt.toISOString(),
    started_at: row.startedAt?.toISOString() ?? null,
    finished_at: row.finishedAt?.toISOString() ?? null,
  };
}

/** Pages that show runs look again. */
async function announce(ctx: Ctx, row: MaintenanceRun): Promise<void> {
  await publishEvent(ctx.db, {
    action: `storage.${row.kind}.${row.state}`,
    model: null,
    version: null,
    actor: row.actor,
    at: ctx.now().toISOString(),
  });
}

/**
 * Carries a run from `queued` or, after a crash, from `running` to its end. `work` gives the last progress. A failure
 * is written down and thrown on, so that the job is tried again; an interruption leaves the run to its next turn.
 */
export async function carryOutRun(
  ctx: Ctx,
  id: string,
  signal: AbortSignal,
  work: (
    run: RunWire,
    save: (progress: Partial<RunProgress>) => Promise<void>,
  ) => Promise<Partial<RunProgress>>,
): Promise<void> {
  const row = await ctx.db.maintenanceRun.findUnique({ where: { id: BigInt(id) } });
  if (row === null || row.state === "done" || row.state === "failed") return;
  let progress = { ...NOTHING_YET, ...(row.progress as Partial<RunProgress>) };
  const update = async (data: { state?: string; startedAt?: Date; finishedAt?: Date }) =>
    announce(
      ctx,
      await ctx.db.maintenanceRun.update({ where: { id: row.id }, data: { ...data, progress } }),
    );
  const save = async (changed: Partial<RunProgress>) => {
    progress = { ...progress, ...changed };
    await update({});
  };
  await update({ state: "running", startedAt: row.startedAt ?? (await databaseNow(ctx.db)) });
  try {
    const last = await work(runToWire(row), save);
    progress = { ...progress, ...last };
    await update({ state: "done", finishedAt: await databaseNow(ctx.db) });
  } catch (error) {
    if (signal.aborted) throw error;
    progress = { ...progress, error: error instanceof Error ? error.message : String(error) };
    ctx.log.error({ operation: row.kind, error }, "maintenance failed");
    await update({ state: "failed", finishedAt: await databaseNow(ctx.db) });
  }
}
