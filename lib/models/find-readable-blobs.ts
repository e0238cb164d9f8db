import type { Ctx } from "../context.ts";
import { assertMay } from "./policy.ts";

/**
 * Sizes of those blobs that are in a live version which this actor may read; hex digest -> bytes.
 * Knowing a digest is not having the bytes, so a blob that only a hidden version holds is not found.
 */
export async function findReadableBlobs(
  ctx: Ctx,
  digests: readonly string[],
): Promise<Map<string, number>> {
  assertMay(ctx, "model.read");
  const hex = digests.map((digest) => digest.replace(/^sha256:/, ""));
  const rows = await ctx.db.blob.findMany({
    where: {
      digest: { in: hex },
      files: { some: { version: { deletedAt: null, model: { deletedAt: null } } } },
    },
    select: { digest: true, sizeBytes: true },
  });
  return new Map(rows.map((row) => [row.digest, Number(row.sizeBytes)]));
}
