import { assertMay } from "#lib/access/policy.ts";
import { visibleModels } from "#lib/access/visible-models.ts";
import { countFacets } from "./facet-store.ts";
import {
  countModels,
  findModelPage,
  isFiltered,
  type ModelFilter,
  type ModelPage,
} from "./list-store.ts";
import type { ModelCtx } from "./model-context.ts";
import type { ListModelsQuery } from "./request-schema.ts";
import type { ModelListWire } from "./schema.ts";
import { findHolders } from "./search-store.ts";

/** One page of live models with the facts of their latest version and of those in a stage. Throws `invalid_cursor`. */
export async function listModels(ctx: ModelCtx, input: ListModelsQuery): Promise<ModelListWire> {
  assertMay(ctx, "model.read");
  const { sort, limit, cursor, facets, ...asked } = input;
  const holders = asked.query === undefined ? {} : await findHolders(ctx.db, asked.query);
  const filter: ModelFilter = {
    ...asked,
    holders,
    visible: visibleModels(ctx.actor),
    frameworks: ctx.config.frameworks,
  };
  const [[page, total], counts] = await Promise.all([
    findCountedPage(ctx, filter, { sort, limit, cursor }),
    facets
      ? ctx.counts.remember(`facets ${keyOf(filter)}`, () => countFacets(ctx.db, filter))
      : undefined,
  ]);
  return {
    items: page.rows.map(({ body }) => body),
    next_cursor: page.nextCursor,
    total,
    ...(counts ? { facets: counts } : {}),
  };
}

/** So few matches are read and sorted faster than a walk through the order finds them. */
const FEW_MATCHES = 1_000;

/**
 * PostgreSQL takes filters for independent of each other and of the order, and knows nothing about tags: it would
 * walk through all models for a page of matches that hardly exist. Counting the matches first tells better. Counting
 * the matches of a search or a tag reads them all, so that the page is taken from them as well.
 */
async function findCountedPage(
  ctx: ModelCtx,
  filter: ModelFilter,
  input: Pick<ListModelsQuery, "sort" | "limit" | "cursor">,
): Promise<[ModelPage, number]> {
  const key = `total ${keyOf(filter)}`;
  const known = ctx.counts.peek<number>(key);
  if (known === 0 && input.cursor === undefined)
    return [{ rows: [], nextCursor: null, total: 0 }, 0];
  const isRead = filter.query !== undefined || (filter.tag ?? []).length > 0;
  const isFew = known !== undefined && known <= FEW_MATCHES && isFiltered(filter);
  if (isFew || (known === undefined && isRead)) {
    const page = findModelPage(ctx.db, filter, { ...input, plan: "matches-first" });
    const total = ctx.counts.remember(key, async () => (await page).total ?? 0);
    return Promise.all([page, total]);
  }
  return Promise.all([
    findModelPage(ctx.db, filter, { ...input, plan: "free" }),
    ctx.counts.remember(key, () => countModels(ctx.db, filter)),
  ]);
}

/** Actors who see different models have counts of their own. */
function keyOf({ visible, frameworks: _, ...filter }: ModelFilter): string {
  return `${visible.key} ${JSON.stringify(filter)}`;
}
