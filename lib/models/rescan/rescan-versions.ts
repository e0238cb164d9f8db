/** The work of an operation: reads versions again, one after the other, behind everything that somebody waits for. */
import { Prisma } from "#lib/db/generated/client.ts";
import { isRegistryError } from "#lib/errors.ts";
import { FactsPool } from "#lib/inspection/facts-pool.ts";
import type { Outcome, Work } from "#lib/operations/carry-out-operation.ts";
import { RULES_VERSION } from "#lib/scan/rules-version.ts";
import type { ModelCtx } from "../model-context.ts";
import { rescanVersion } from "./rescan-version.ts";

const BATCH = 100;
/** So many failures in a row are the store's, or the database's: the run ends. */
const MOST_FAILURES = 10;
/** Progress is written down, and announced, at most this often. */
const SAVE_EVERY_MS = 1_000;

type Run = { subject: string | null; createdAt: Date; progress: unknown };
type Tools = Parameters<Work>[1];

/**
 * Goes through the versions that an operation is about: those with a verdict by older rules, or without a subject all that were not
 * scanned since it was asked for. A run that was interrupted goes on with those that are left. What cannot be read keeps
 * its verdict and its number, and is tried again by a later run.
 */
export async function rescanVersions(
  ctx: ModelCtx,
  run: Run,
  { signal, save }: Tools,
): Promise<Outcome> {
  const before = run.progress as Record<string, number | null>;
  const counted = { worse: before.worse ?? 0, better: before.better ?? 0 };
  const left = await countLeft(ctx, run);
  // A run that was killed had read more than it has written down.
  let versions = Math.max(before.versions ?? 0, (before.total_versions ?? 0) - left);
  const progress = () => ({ ...counted, versions });
  await save({ ...progress(), total_versions: versions + left });
  const facts = new FactsPool({ isBehind: true }, 1);
  const stop = () => void facts.close();
  signal.addEventListener("abort", stop, { once: true });
  try {
    let unread = 0;
    let failuresInARow = 0;
    let savedAt = performance.now();
    for (let last = 0n; ; ) {
      const batch = await findNext(ctx, run, last);
      if (batch.length === 0) break;
      for (const { id } of batch) {
        signal.throwIfAborted();
        last = id;
        try {
          const outcome = await rescanVersion(ctx, { id, facts, signal });
          if (outcome === "worse" || outcome === "better") counted[outcome] += 1;
          versions += 1;
          failuresInARow = 0;
        } catch (error) {
          // Damage is of some bytes; whatever else fails may fail for all of them.
          if (!isRegistryError(error) || error.code !== "storage_corrupt") failuresInARow += 1;
          if (signal.aborted || failuresInARow === MOST_FAILURES) throw error;
          ctx.log.error({ operation: "rescan_version", version_id: `${id}`, error }, "unread");
          unread += 1;
        }
        if (performance.now() - savedAt < SAVE_EVERY_MS) continue;
        await save(progress());
        savedAt = performance.now();
      }
    }
    if (unread === 0) return { progress: progress() };
    const error = `${unread} versions could not be read and keep their verdicts; the log says why.`;
    return { progress: progress(), error };
  } finally {
    signal.removeEventListener("abort", stop);
    await facts.close();
  }
}

/** Tombstones have no bytes, and the bytes of others are elsewhere. Damaged ones are waited for: they are not served. */
function isLeft({ subject, createdAt }: Run): Prisma.Sql {
  const isOld =
    subject === null
      ? Prisma.sql`(scanned_at is null or scanned_at < ${createdAt})`
      : Prisma.sql`rules_version < ${RULES_VERSION}`;
  return Prisma.sql`${isOld} and purged_at is null and location is null
    and not exists (
      select from file join blob on blob.digest = file.digest
      where file.version_id = version.id and blob.damaged_at is not null)`;
}

function findNext(ctx: ModelCtx, run: Run, last: bigint): Promise<{ id: bigint }[]> {
  return ctx.db.$queryRaw<{ id: bigint }[]>`
    select id from version where id > ${last} and ${isLeft(run)} order by id limit ${BATCH}`;
}

async function countLeft(ctx: ModelCtx, run: Run): Promise<number> {
  const [row] = await ctx.db.$queryRaw<{ count: bigint }[]>`
    select count(*) as count from version where ${isLeft(run)}`;
  return Number(row?.count ?? 0n);
}
