import type { Ctx } from "../context.ts";
import { rememberCount } from "./count-cache.ts";
import { countFacets, countModels, findModelPage } from "./list-store.ts";
import { assertMay } from "./policy.ts";
import type { ListModelsQuery, ModelListWire } from "./schema.ts";
import { modelToWire } from "./wire.ts";

/** One page of live models with their latest version's facts. Throws `invalid_cursor`. */
export async function listModels(ctx: Ctx, input: ListModelsQuery): Promise<ModelListWire> {
  assertMay(ctx, "model.read");
  const { sort, limit, cursor, facets, ...filter } = input;
  const key = JSON.stringify(filter);
  const [page, total, counts] = await Promise.all([
    findModelPage(ctx.db, filter, sort, limit, cursor),
    rememberCount(`total ${key}`, () => countModels(ctx.db, filter)),
    facets ? rememberCount(`facets ${key}`, () => countFacets(ctx.db, filter)) : undefined,
  ]);
  return {
    items: page.rows.map(modelToWire),
    next_cursor: page.nextCursor,
    total,
    ...(counts ? { facets: counts } : {}),
  };
}
