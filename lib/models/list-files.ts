import type { ModelCtx } from "./model-context.ts";
import type { FilePage } from "./schema.ts";
import { countFiles, getLiveModel, resolveRef } from "./store.ts";
import { fileToWire } from "./wire.ts";

/** A page of a version's files in their order; behind the last page, the last one. Throws the not-found errors. */
export async function listFiles(
  ctx: ModelCtx,
  input: { name: string; ref: string; page: number; limit: number },
): Promise<FilePage> {
  const model = await getLiveModel(ctx, "model.read", input.name);
  const versionId = await resolveRef(ctx.db, model, input.ref);
  const total = await countFiles(ctx.db, versionId);
  const page = Math.min(input.page, Math.max(1, Math.ceil(total / input.limit)));
  const first = (page - 1) * input.limit;
  const rows = await ctx.db.file.findMany({
    where: { versionId, position: { gte: first, lt: first + input.limit } },
    orderBy: { position: "asc" },
  });
  return { items: rows.map(fileToWire), total, page, first };
}
