/** The sums of the storage page, each one pass over its tables. */
import type { Database } from "#lib/db/client.ts";
import { SMALLEST_COMPRESSED_BYTES } from "../compression/queue-compression.ts";
import { isUnheld } from "../unheld.ts";

export type BlobSums = {
  blobs: bigint;
  stored_bytes: bigint;
  unique_bytes: bigint;
  /** Bytes saved by the compressed forms that are in their place. */
  saved_bytes: bigint;
  compressed: bigint;
  pending: bigint;
  not_worth: bigint;
  failed: bigint;
  damaged: bigint;
  unverified: bigint;
  oldest_verified_at: Date | null;
  reclaimable_blobs: bigint;
  reclaimable_bytes: bigint;
};

export async function sumBlobs(db: Database, graceMs: number): Promise<BlobSums> {
  const [row] = await db.$queryRaw<BlobSums[]>`
    select count(*) filter (where stored_bytes > 0 or damaged_at is null) as blobs,
      coalesce(sum(stored_bytes), 0)::bigint as stored_bytes,
      coalesce(sum(size_bytes), 0)::bigint as unique_bytes,
      coalesce(sum(size_bytes - stored_bytes) filter (where encoding = 'mrz' and damaged_at is null), 0)::bigint as saved_bytes,
      count(*) filter (where encoding = 'mrz') as compressed,
      count(*) filter (where compression = 'pending' and size_bytes >= ${SMALLEST_COMPRESSED_BYTES}) as pending,
      count(*) filter (where compression = 'not_worth'
        or (compression = 'pending' and size_bytes < ${SMALLEST_COMPRESSED_BYTES})) as not_worth,
      count(*) filter (where compression = 'failed') as failed,
      count(*) filter (where damaged_at is not null) as damaged,
      count(*) filter (where verified_at is null) as unverified,
      min(verified_at) as oldest_verified_at,
      count(*) filter (where unheld) as reclaimable_blobs,
      coalesce(sum(stored_bytes) filter (where unheld), 0)::bigint as reclaimable_bytes
    from (select *, (${isUnheld(graceMs)}) as unheld from blob) as blob`;
  if (!row) throw new Error("a sum without a row");
  return row;
}

/** Transfers in progress, and the whole parts that have arrived of them. */
export async function sumUploads(db: Database): Promise<{ open: bigint; bytes: bigint }> {
  const [row] = await db.$queryRaw<{ open: bigint; bytes: bigint }[]>`
    select count(distinct upload.id) as open,
      coalesce(sum(least(part_size_bytes, size_bytes - part * part_size_bytes::bigint)), 0)::bigint as bytes
    from upload left join upload_part on upload_part.upload_id = upload.id where state = 'open'`;
  if (!row) throw new Error("a sum without a row");
  return row;
}

export type VersionSums = {
  logical_bytes: bigint;
  trashed_models: bigint;
  trashed_versions: bigint;
  oldest_trashed_at: Date | null;
};

/** Sums over all versions that still have files; `trashed_versions` are those that were trashed by themselves. */
export async function sumVersions(db: Database): Promise<VersionSums> {
  const [row] = await db.$queryRaw<VersionSums[]>`
    select v.logical_bytes, m.trashed_models, v.trashed_versions,
      least(m.oldest, v.oldest) as oldest_trashed_at
    from (
      select coalesce(sum(version.size_bytes), 0)::bigint as logical_bytes,
        count(*) filter (where version.deleted_at is not null and model.deleted_at is null) as trashed_versions,
        min(version.deleted_at) filter (where model.deleted_at is null) as oldest
      from version join model on model.id = version.model_id
      where version.purged_at is null and model.purged_at is null
    ) as v, (
      select count(*) as trashed_models, min(deleted_at) as oldest from model
      where deleted_at is not null and purged_at is null
    ) as m`;
  if (!row) throw new Error("a sum without a row");
  return row;
}

/** Stored bytes that only the trash holds. */
export async function sumTrashBytes(db: Database): Promise<bigint> {
  const [row] = await db.$queryRaw<{ bytes: bigint }[]>`
    select coalesce(sum(blob.stored_bytes), 0)::bigint as bytes
    from (
      select file.digest from file
      join version on version.id = file.version_id join model on model.id = version.model_id
      group by file.digest
      having bool_and(version.deleted_at is not null or model.deleted_at is not null)
    ) as trashed join blob on blob.digest = trashed.digest`;
  return row?.bytes ?? 0n;
}
