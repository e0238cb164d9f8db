import { assertMay } from "#lib/access/policy.ts";
import type { Operation } from "#lib/db/generated/client.ts";
import type { BlobCtx } from "../blob-context.ts";
import { runToWire } from "../maintenance/run-wire.ts";
import type { RunKind, StorageWire } from "../schema.ts";
import { CLAIM_GRACE_MS } from "../unheld.ts";
import { cacheToWire } from "./cache-to-wire.ts";
import { listDamagedBlobs } from "./list-damaged-blobs.ts";
import { sumBlobs, sumTrashBytes, sumUploads, sumVersions } from "./storage-sums.ts";
import { sumQuarantine } from "./sum-quarantine.ts";

/** What is stored, what was saved, what could be freed, and whether it can be trusted. */
export async function getStorage(ctx: BlobCtx): Promise<StorageWire> {
  assertMay(ctx, "storage.read");
  const [
    blobs,
    versions,
    trashBytes,
    uploads,
    quarantine,
    capacity,
    collection,
    scrub,
    lastFull,
    damaged,
  ] = await Promise.all([
    sumBlobs(ctx.db, CLAIM_GRACE_MS),
    sumVersions(ctx.db),
    sumTrashBytes(ctx.db),
    sumUploads(ctx.db),
    sumQuarantine(ctx.storage),
    ctx.storage.capacity(),
    findRuns(ctx, "collection"),
    findRuns(ctx, "scrub"),
    findLastFullScrub(ctx),
    listDamagedBlobs(ctx),
  ]);
  const stored = Number(blobs.stored_bytes);
  const unique = Number(blobs.unique_bytes);
  const logical = Number(versions.logical_bytes);
  const retention = ctx.config.storage.trashRetentionMs;
  const oldest = versions.oldest_trashed_at;
  return {
    logical_bytes: logical,
    stored_bytes: stored,
    blobs: Number(blobs.blobs),
    // Blobs that nothing holds any more would make the difference negative.
    saved_by_sharing_bytes: Math.max(0, logical - unique),
    saved_by_compression_bytes: Math.max(0, Number(blobs.saved_bytes)),
    compression: {
      enabled: ctx.config.storage.compression,
      compressed: Number(blobs.compressed),
      pending: Number(blobs.pending),
      not_worth: Number(blobs.not_worth),
      failed: Number(blobs.failed),
    },
    reclaimable_blobs: Number(blobs.reclaimable_blobs),
    reclaimable_bytes: Number(blobs.reclaimable_bytes),
    trash: {
      models: Number(versions.trashed_models),
      versions: Number(versions.trashed_versions),
      bytes: Number(trashBytes),
      next_purge_at: oldest ? new Date(oldest.getTime() + retention).toISOString() : null,
    },
    uploads: { open: Number(uploads.open), bytes: Number(uploads.bytes) },
    disk: capacity && { total_bytes: capacity.totalBytes, free_bytes: capacity.freeBytes },
    cache: cacheToWire(ctx.blobs.cacheStats()),
    collection,
    scrub: {
      ...scrub,
      last_full_at: lastFull?.toISOString() ?? null,
      oldest_verified_at: blobs.oldest_verified_at?.toISOString() ?? null,
      unverified_blobs: Number(blobs.unverified),
      damaged_blobs: Number(blobs.damaged),
      quarantine,
      damaged,
    },
  };
}

async function findRuns(ctx: BlobCtx, kind: RunKind) {
  const find = (states: string[]) =>
    ctx.db.operation.findFirst({
      where: { kind, state: { in: states } },
      orderBy: { id: "desc" },
    });
  const [current, last] = await Promise.all([
    find(["queued", "running"]),
    find(["done", "failed", "cancelled"]),
  ]);
  const toWire = (row: Operation | null) => (row === null ? null : runToWire(row));
  return { current: toWire(current), last: toWire(last) };
}

/** When the last scrub that was asked to look at everything ended. */
async function findLastFullScrub(ctx: BlobCtx): Promise<Date | null> {
  const [row] = await ctx.db.$queryRaw<{ finished_at: Date | null }[]>`
    select finished_at from operation
    where kind = 'scrub' and state = 'done' and subject is null
    order by id desc limit 1`;
  return row?.finished_at ?? null;
}
