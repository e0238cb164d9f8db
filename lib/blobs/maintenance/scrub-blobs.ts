import { Prisma } from "#lib/db/generated/client.ts";
import type { BlobCtx } from "../blob-context.ts";
import type { RunProgress, RunWire } from "../schema.ts";
import type { BlobChecker } from "../verification/scrub-thread.ts";
import { recheckBorrowers } from "./recheck-borrowers.ts";
import { type ScrubResult, scrubBlob } from "./scrub-blob.ts";

const BATCH = 100;
/** So many failures in a row are the store's, or the database's: the run ends. */
const MOST_FAILURES = 10;
/** Progress is written down, and announced, at most this often. */
const SAVE_EVERY_MS = 1000;

export type ScrubInput = {
  run: Pick<RunWire, "blobs" | "bytes" | "total_blobs" | "total_bytes" | "target" | "created_at">;
  signal: AbortSignal;
  save: (progress: Partial<RunProgress>) => Promise<void>;
};

/** `error`: what the run had to leave out. */
export type ScrubOutcome = { progress: Partial<RunProgress>; error?: string };

type Next = { digest: string; size_bytes: bigint };

/**
 * Verifies every blob of the run's target that was not verified since the run was asked for, the longest unverified
 * first. So a run that was interrupted goes on where it was. Damage never stops it.
 */
export async function scrubBlobs(
  ctx: BlobCtx,
  checker: BlobChecker,
  { run, signal, save }: ScrubInput,
): Promise<ScrubOutcome> {
  const scope = { before: new Date(run.created_at), target: targetOf(run.target) };
  const left = await countLeft(ctx, scope);
  // A run that was killed had verified more than it has written down.
  const counted = {
    blobs: Math.max(run.blobs, (run.total_blobs ?? 0) - left.blobs),
    bytes: Math.max(run.bytes, (run.total_bytes ?? 0) - left.bytes),
  };
  await save({
    total_blobs: counted.blobs + left.blobs,
    total_bytes: counted.bytes + left.bytes,
  });
  const unread = new Set<string>();
  let failuresInARow = 0;
  let savedAt = performance.now();
  for (;;) {
    const batch = await findNext(ctx, scope, unread);
    if (batch.length === 0) break;
    for (const { digest, size_bytes } of batch) {
      signal.throwIfAborted();
      let result: ScrubResult;
      try {
        result = await scrubBlob(ctx, checker, digest, signal);
        failuresInARow = 0;
      } catch (error) {
        failuresInARow += 1;
        if (signal.aborted || failuresInARow === MOST_FAILURES) throw error;
        ctx.log.error({ operation: "scrub_blob", digest, error }, "cannot be verified");
        unread.add(digest);
        continue;
      }
      counted.blobs += 1;
      counted.bytes += Number(size_bytes);
      if (!result.wasDamaged && performance.now() - savedAt < SAVE_EVERY_MS) continue;
      await save({ ...counted, ...(await countFindings(ctx, scope)) });
      savedAt = performance.now();
    }
  }
  await recheckBorrowers(ctx, checker, scope, signal);
  const progress = { ...counted, ...(await countFindings(ctx, scope)) };
  if (unread.size === 0) return { progress };
  return { progress, error: `${unread.size} blobs could not be verified; the log says why.` };
}

type Scope = { before: Date; target: Prisma.Sql };

function targetOf(target: string | null): Prisma.Sql {
  if (target === null) return Prisma.sql`true`;
  if (!target.startsWith("model:"))
    return Prisma.sql`blob.digest = ${target.replace("sha256:", "")}`;
  const nameKey = target.slice("model:".length).toLowerCase();
  return Prisma.sql`blob.digest in (
    select file.digest from file join version on version.id = file.version_id
    join model on model.id = version.model_id where model.name_key = ${nameKey})`;
}

/** The index on the time of verification serves each of the two; one query for both could not use it. */
async function findNext(
  ctx: BlobCtx,
  { before, target }: Scope,
  unread: ReadonlySet<string>,
): Promise<Next[]> {
  const isLeft = Prisma.sql`digest <> all(${[...unread]}::text[]) and ${target}`;
  const never = await ctx.db.$queryRaw<Next[]>`
    select digest, size_bytes from blob
    where verified_at is null and created_at < ${before} and ${isLeft} limit ${BATCH}`;
  if (never.length > 0) return never;
  return ctx.db.$queryRaw<Next[]>`
    select digest, size_bytes from blob where verified_at < ${before} and ${isLeft}
    order by verified_at limit ${BATCH}`;
}

async function countLeft(
  ctx: BlobCtx,
  { before, target }: Scope,
): Promise<{ blobs: number; bytes: number }> {
  const [row] = await ctx.db.$queryRaw<{ blobs: bigint; bytes: bigint }[]>`
    select count(*) as blobs, coalesce(sum(size_bytes), 0)::bigint as bytes from blob
    where (verified_at < ${before} or (verified_at is null and created_at < ${before})) and ${target}`;
  return { blobs: Number(row?.blobs ?? 0n), bytes: Number(row?.bytes ?? 0n) };
}

/** From the alerts, so that a run says what they say: of how many they told since it was asked for, and how many ended. */
async function countFindings(
  ctx: BlobCtx,
  { before, target }: Scope,
): Promise<{ damaged: number; healed: number }> {
  const [row] = await ctx.db.$queryRaw<{ damaged: bigint; healed: bigint }[]>`
    with found as (
      select subject, bool_or(resolved_at is null) as is_open from alert
      where kind = 'blob_damaged' and last_seen_at >= ${before}
        and substr(subject, 8) in (select digest from blob where ${target})
      group by subject
    )
    select count(*) as damaged, count(*) filter (where not is_open) as healed from found`;
  return { damaged: Number(row?.damaged ?? 0n), healed: Number(row?.healed ?? 0n) };
}
