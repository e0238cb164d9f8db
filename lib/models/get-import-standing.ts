import { type ImportStanding, importStanding } from "./import-standing.ts";
import type { ModelCtx } from "./model-context.ts";
import { getLiveModel } from "./store.ts";

/** How far the bytes of a version are that are imported; null where nothing is. Throws `model_not_found`. */
export async function getImportStanding(
  ctx: ModelCtx,
  { name, version }: { name: string; version: string },
): Promise<ImportStanding | null> {
  const model = await getLiveModel(ctx, "model.read", name);
  const row = await ctx.db.version.findFirst({
    where: { modelId: model.id, version },
    select: { location: true, import: { select: { state: true, error: true } } },
  });
  return row && importStanding({ location: row.location, operation: row.import });
}
