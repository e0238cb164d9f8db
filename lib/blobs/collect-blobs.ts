import { recordChange } from "../audit/record-change.ts";
import type { Ctx } from "../context.ts";
import { inTransaction } from "../db/transaction.ts";
import { addJob } from "../jobs/add-job.ts";
import { adoptOrphans } from "./adopt-orphans.ts";
import { freeBlob } from "./free-blob.ts";
import type { RunProgress } from "./run-store.ts";
import { CLAIM_GRACE_MS, claimLimit, isUnheld } from "./unheld.ts";

const BATCH = 500;

export type CollectInput = {
  signal: AbortSignal;
  onProgress?: (progress: Partial<RunProgress>) => Promise<void>;
  graceMs?: number;
};

/**
 * Frees every blob that nothing holds, one short transaction each, beside registrations and downloads. Interrupted
 * anywhere, the next run does the rest.
 */
export async function collectBlobs(
  ctx: Ctx,
  { signal, onProgress, graceMs = CLAIM_GRACE_MS }: CollectInput,
): Promise<{ blobs: number; bytes: number }> {
  const before = claimLimit(ctx.now(), graceMs);
  await adoptOrphans(ctx, before, signal);
  const freed = { blobs: 0, bytes: 0 };
  const skipped = new Set<string>();
  // A freed blob may have been the last that borrowed from another, so look until nothing is left.
  for (;;) {
    const batch = await findUnheld(ctx, before, skipped);
    if (batch.length === 0) break;
    for (const sha256 of batch) {
      signal.throwIfAborted();
      const bytes = await freeBlob(ctx, sha256, before);
      // Held again since it was listed.
      if (bytes === null) skipped.add(sha256);
      else {
        freed.blobs += 1;
        freed.bytes += bytes;
      }
    }
    await onProgress?.({ freed_blobs: freed.blobs, freed_bytes: freed.bytes });
  }
  await releaseBorrowedBases(ctx);
  if (freed.blobs > 0)
    await inTransaction(ctx.db, (tx) =>
      recordChange(tx, ctx, { action: "storage.collected", model: null, detail: freed }),
    );
  return freed;
}

async function findUnheld(ctx: Ctx, before: Date, skipped: Set<string>): Promise<string[]> {
  const rows = await ctx.db.$queryRaw<{ digest: string }[]>`
    select digest from blob where ${isUnheld(before)} and digest <> all(${[...skipped]}::text[])
    limit ${BATCH}`;
  return rows.map(({ digest }) => digest);
}

/**
 * Blobs that are held only because others borrow from them: the borrowers are encoded again so that they stand
 * alone, and a later collection frees the lender.
 */
async function releaseBorrowedBases(ctx: Ctx): Promise<void> {
  const borrowers = await ctx.db.$queryRaw<{ digest: string }[]>`
    select distinct s.digest from blob_source as s join blob on blob.digest = s.source_digest
    where not exists (select from file where file.digest = blob.digest)
      and not exists (select from upload where upload.digest = blob.digest)
    limit ${BATCH}`;
  for (const { digest } of borrowers)
    await addJob(
      ctx.db,
      "compress-blob",
      { sha256: digest, standalone: true },
      { key: `compress-blob:${digest}` },
    );
}
