import type { Ctx } from "#lib/context.ts";
import { databaseNow, millis } from "#lib/db/database-clock.ts";
import { isRegistryError } from "#lib/errors.ts";
import { addJob } from "#lib/operations/add-job.ts";
import type { RunKind } from "../schema.ts";
import { startCollection, startScrub } from "./start-run.ts";

const TASK = { collection: "collect-blobs", scrub: "scrub-blobs" } as const;
/** The trash and unfinished transfers are looked through this often, whatever the intervals are. */
const SWEEP_MS = 60 * 60 * 1000;

/** Called every minute by one replica: begins what is due, and goes on with what was interrupted. */
export async function scheduleMaintenance(ctx: Ctx): Promise<void> {
  await resumeRuns(ctx);
  const { collectionIntervalMs, scrubIntervalMs } = ctx.config.storage;
  if (await isDue(ctx, "collection", collectionIntervalMs))
    await unlessRunning(() => startCollection(ctx));
  if (await isDue(ctx, "scrub", scrubIntervalMs)) await unlessRunning(() => startScrub(ctx, {}));
  const runAt = nextMultiple(await databaseNow(ctx.db), SWEEP_MS);
  for (const task of ["purge-trash", "expire-uploads"] as const)
    await addJob(ctx.db, task, {}, { key: task, runAt });
}

/** A new registry has nothing to do yet, so the first run is due an interval after the first blob. */
async function isDue(ctx: Ctx, kind: RunKind, intervalMs: number): Promise<boolean> {
  const [row] = await ctx.db.$queryRaw<{ is_due: boolean | null }[]>`
    select coalesce(
      (select max(created_at) from maintenance_run
       where kind = ${kind} and progress ->> 'target' is null),
      (select min(created_at) from blob)
    ) <= now() - ${millis(intervalMs)} as is_due`;
  return row?.is_due === true;
}

/** A run whose job is not being worked on was interrupted: its pauses between attempts would grow to hours. */
async function resumeRuns(ctx: Ctx): Promise<void> {
  const rows = await ctx.db.$queryRaw<{ id: bigint; kind: RunKind }[]>`
    select id, kind from maintenance_run as run where state in ('queued', 'running')
      and kind in ('collection', 'scrub')
      and not exists (
        select from graphile_worker.jobs
        where key = 'run:' || run.id and (locked_at is not null or (run_at <= now() and attempts < max_attempts)))`;
  for (const { id, kind } of rows)
    await addJob(ctx.db, TASK[kind], { run_id: id.toString() }, { key: `run:${id}` });
}

async function unlessRunning(start: () => Promise<unknown>): Promise<void> {
  try {
    await start();
  } catch (error) {
    if (!isRegistryError(error) || error.code !== "run_in_progress") throw error;
  }
}

const nextMultiple = (now: Date, ms: number) => new Date(Math.ceil(now.getTime() / ms) * ms);
