import { recordChange } from "#lib/audit/record-change.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { addJob } from "#lib/operations/add-job.ts";
import type { BlobCtx } from "../blob-context.ts";
import type { RunProgress } from "../schema.ts";
import { CLAIM_GRACE_MS, isUnheld } from "../unheld.ts";
import { adoptOrphans } from "./adopt-orphans.ts";
import { type DueBlob, freeBlob } from "./free-blob.ts";

const BATCH = 500;

export type CollectInput = {
  signal: AbortSignal;
  /** What earlier attempts of the same run have freed. */
  before?: Pick<RunProgress, "freed_blobs" | "freed_bytes">;
  onProgress?: (progress: Partial<RunProgress>) => Promise<void>;
  graceMs?: number;
};

/**
 * Frees every blob that nothing holds, one short transaction each, beside registrations and downloads. Interrupted
 * anywhere, the next run does the rest.
 */
export async function collectBlobs(
  ctx: BlobCtx,
  { signal, before, onProgress, graceMs = CLAIM_GRACE_MS }: CollectInput,
): Promise<{ blobs: number; bytes: number }> {
  await adoptOrphans(ctx, graceMs, signal);
  const freed = { blobs: before?.freed_blobs ?? 0, bytes: before?.freed_bytes ?? 0 };
  const skipped = new Set<string>();
  // A freed blob may have been the last that borrowed from another, so look until nothing is left.
  for (;;) {
    const batch = await markUnheld(ctx, graceMs, skipped);
    if (batch.length === 0) break;
    for (const due of batch) {
      signal.throwIfAborted();
      const bytes = await freeBlob(ctx, due);
      // Held again since it was marked.
      if (bytes === null) skipped.add(due.digest);
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

/**
 * Marks, before any byte goes, what is to be freed: whoever claimed such a blob before cannot prove it any more. Rows that
 * somebody is at stay for a later run.
 */
async function markUnheld(ctx: BlobCtx, graceMs: number, skipped: Set<string>): Promise<DueBlob[]> {
  return ctx.db.$queryRaw<DueBlob[]>`
    update blob set incarnation = default, claimed_at = 'epoch'
    from (
      select digest from blob where ${isUnheld(graceMs)} and digest <> all(${[...skipped]}::text[])
      limit ${BATCH} for update skip locked
    ) as due
    where blob.digest = due.digest
    returning blob.digest, blob.incarnation`;
}

/**
 * Blobs that are held only because others borrow from them: the borrowers are encoded again so that they stand
 * alone, and a later collection frees the lender.
 */
async function releaseBorrowedBases(ctx: BlobCtx): Promise<void> {
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
