import { assertMay } from "#lib/access/policy.ts";
import { visibleModels } from "#lib/access/visible-models.ts";
import type { Ctx } from "#lib/context.ts";
import { isServed, verdictSchema } from "#lib/wire/words.ts";

/** A risk counts as accepted: nothing is sent to anybody, and the scan judges the bytes again. */
const SERVED = verdictSchema.options.filter((verdict) => isServed(verdict, true));

/**
 * Sizes of those blobs that are in a live version which this actor may read; hex digest -> bytes. Knowing a digest is
 * not having the bytes, so a blob is not found that only a hidden version holds, or that every version withholds.
 */
export async function findReadableBlobs(
  ctx: Ctx,
  digests: readonly string[],
): Promise<Map<string, number>> {
  assertMay(ctx, "model.read");
  const hex = digests.map((digest) => digest.replace(/^sha256:/, ""));
  // Each blob's holders are looked up by the index: a join of all was planned as 10,000 passes over 10,000 rows.
  const rows = await ctx.db.$queryRaw<{ digest: string; size_bytes: bigint }[]>`
    select blob.digest, blob.size_bytes
    from unnest(${hex}::text[]) as wanted(digest) join blob on blob.digest = wanted.digest
    cross join lateral (
      select 1 from file join version on version.id = file.version_id join model on model.id = version.model_id
      where file.digest = blob.digest and file.verdict = any(${SERVED}) and version.deleted_at is null
        and model.deleted_at is null and ${visibleModels(ctx.actor).sql("model")} limit 1
    ) as holder`;
  return new Map(rows.map((row) => [row.digest, Number(row.size_bytes)]));
}
