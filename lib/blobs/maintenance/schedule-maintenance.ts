import type { Ctx } from "#lib/context.ts";
import { databaseNow, millis } from "#lib/db/database-clock.ts";
import { isRegistryError } from "#lib/errors.ts";
import { addJob } from "#lib/operations/add-job.ts";
import type { RunKind } from "../schema.ts";
import { startCollection, startScrub } from "./start-run.ts";

/** The trash, unfinished transfers and the audit log are looked through this often, whatever the intervals are. */
const SWEEP_MS = 60 * 60 * 1000;

/** Called every minute by one replica: begins what is due. */
export async function scheduleMaintenance(ctx: Ctx): Promise<void> {
  const { collectionIntervalMs, scrubIntervalMs } = ctx.config.storage;
  if (await isDue(ctx, "collection", collectionIntervalMs))
    await unlessRunning(() => startCollection(ctx));
  if (await isDue(ctx, "scrub", scrubIntervalMs)) await unlessRunning(() => startScrub(ctx, {}));
  const runAt = nextMultiple(await databaseNow(ctx.db), SWEEP_MS);
  for (const task of ["purge-trash", "expire-uploads", "verify-audit"] as const)
    await addJob(ctx.db, task, {}, { key: task, runAt });
}

/** A new registry has nothing to do yet, so the first run is due an interval after the first blob. */
async function isDue(ctx: Ctx, kind: RunKind, intervalMs: number): Promise<boolean> {
  const [row] = await ctx.db.$queryRaw<{ is_due: boolean | null }[]>`
    select coalesce(
      (select max(created_at) from operation where kind = ${kind} and subject is null),
      (select min(created_at) from blob)
    ) <= now() - ${millis(intervalMs)} as is_due`;
  return row?.is_due === true;
}

async function unlessRunning(start: () => Promise<unknown>): Promise<void> {
  try {
    await start();
  } catch (error) {
    if (!isRegistryError(error) || error.code !== "run_in_progress") throw error;
  }
}

const nextMultiple = (now: Date, ms: number) => new Date(Math.ceil(now.getTime() / ms) * ms);
