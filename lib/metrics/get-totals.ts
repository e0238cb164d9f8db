import type { Ctx } from "../context.ts";

/** What `GET /metrics` says of the whole registry; sums over indexes, fit for a scrape every 15 s. */
export async function getTotals(
  ctx: Ctx,
): Promise<{ models: number; versions: number; storedBytes: number }> {
  const [models, versions, blobs] = await Promise.all([
    ctx.db.model.count({ where: { deletedAt: null } }),
    ctx.db.version.count({ where: { deletedAt: null, model: { deletedAt: null } } }),
    ctx.db.blob.aggregate({ _sum: { storedBytes: true } }),
  ]);
  return { models, versions, storedBytes: Number(blobs._sum.storedBytes ?? 0n) };
}
