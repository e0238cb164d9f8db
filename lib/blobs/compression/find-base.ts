import type { Ctx } from "#lib/context.ts";
import type { BlobName } from "./encode-blob.ts";

/** A base whose size differs by more than this factor has little in common with the blob. */
const SIZE_FACTOR = 2;

/**
 * A blob that probably has most of its values in common: the file of the same path in the version before, or in the
 * latest version of the model that `metadata.base_model` names (an id of a hub counts by its last part). Never one
 * that refers to this blob, however indirectly: two blobs that need each other could never be freed.
 */
export async function findBase(ctx: Ctx, blob: BlobName): Promise<BlobName | null> {
  const rows = await ctx.db.$queryRaw<{ digest: string; size_bytes: bigint }[]>`
    with recursive held as (
      select f.path, v.id, v.number, v.model_id,
        lower(regexp_replace(v.metadata ->> 'base_model', '^.*/', '')) as base_key
      from file as f join version as v on v.id = f.version_id
      where f.digest = ${blob.sha256} order by v.id limit 20
    ), before as (
      select held.path, (
        select id from version where model_id = held.model_id and number < held.number
          and deleted_at is null order by number desc limit 1
      ) as version_id, 1 as rank from held
      union all
      select held.path, model.latest_id, 2 from held
      join model on model.name_key = held.base_key and model.deleted_at is null
    ), dependents as (
      select digest from blob_source where source_digest = ${blob.sha256}
      union
      select s.digest from blob_source as s join dependents as d on s.source_digest = d.digest
    )
    select b.digest, b.size_bytes from before
    join file as f on f.version_id = before.version_id and f.path = before.path
    join blob as b on b.digest = f.digest
    where b.digest <> ${blob.sha256} and b.damaged_at is null
      and b.digest not in (select digest from dependents)
      and b.size_bytes between ${blob.sizeBytes}::bigint / ${SIZE_FACTOR}::int
        and ${blob.sizeBytes}::bigint * ${SIZE_FACTOR}::int
    order by before.rank, abs(b.size_bytes - ${blob.sizeBytes}::bigint), f.version_id desc limit 1`;
  const [row] = rows;
  return row ? { sha256: row.digest, sizeBytes: Number(row.size_bytes) } : null;
}
