/** Which blobs the compression looks at, and when. One statement, however many files a version has. */
import type { Ctx } from "#lib/context.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { addJob } from "#lib/operations/add-job.ts";

/** Two blocks of a file system: compressing a smaller blob frees nothing. */
export const SMALLEST_COMPRESSED_BYTES = 8 * 1024;
/** Every other job that waits goes first. */
const PRIORITY = 10;
const MAX_ATTEMPTS = 5;
/** Blobs that are queued at a time, so that the queue stays short. */
const PENDING_BATCH = 500;
const NEXT_BATCH_MS = 60_000;

/** Queues the blobs of a version that were never tried; they run when, and only when, `tx` commits. */
export async function queueVersionCompression(
  tx: TransactionClient,
  ctx: Ctx,
  versionId: bigint,
): Promise<void> {
  if (!isCompressionOn(ctx)) return;
  await queue(
    tx,
    Prisma.sql`digest in (select digest from file where version_id = ${versionId})`,
    Prisma.sql`'preserve_run_at'`,
  );
}

/**
 * Queues blobs from before the compression was switched on, and those whose job was lost. Comes back while there are
 * more.
 */
export async function compressPending(ctx: Ctx): Promise<void> {
  if (!isCompressionOn(ctx)) return;
  const queued = await queue(
    ctx.db,
    Prisma.sql`digest in (
      select digest from blob where compression = 'pending' and encoding = 'raw'
        and size_bytes >= ${SMALLEST_COMPRESSED_BYTES} and damaged_at is null
        and exists (select from file where file.digest = blob.digest)
        and not exists (select from graphile_worker.jobs where key = 'compress-blob:' || blob.digest)
      order by created_at limit ${PENDING_BATCH})`,
    Prisma.sql`'unsafe_dedupe'`,
  );
  if (queued < PENDING_BATCH) return;
  const runAt = new Date((await databaseNow(ctx.db)).getTime() + NEXT_BATCH_MS);
  await addJob(ctx.db, "compress-pending", {}, { key: "compress-pending", runAt });
}

/** The memory driver's bytes are in one thread, where compressing them would stop everything else. */
export function isCompressionOn({ config, storage }: Ctx): boolean {
  return config.storage.compression && storage.kind !== "memory";
}

async function queue(
  tx: TransactionClient,
  which: Prisma.Sql,
  keyMode: Prisma.Sql,
): Promise<number> {
  const [row] = await tx.$queryRaw<{ queued: bigint }[]>`
    select count(graphile_worker.add_job(
      identifier := 'compress-blob', payload := json_build_object('sha256', digest),
      job_key := 'compress-blob:' || digest, job_key_mode := ${keyMode},
      priority := ${PRIORITY}::int, max_attempts := ${MAX_ATTEMPTS}::int)) as queued
    from (
      select digest from blob where ${which} and compression = 'pending' and encoding = 'raw'
        and size_bytes >= ${SMALLEST_COMPRESSED_BYTES}
    ) as chosen`;
  return Number(row?.queued ?? 0n);
}
