/** The two searches. What an actor may not see is left out of them, as of our own lists. */
import { assertMay } from "#lib/access/policy.ts";
import { visibleModels } from "#lib/access/visible-models.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import { modelConditions, versionConditions } from "./search-conditions.ts";
import { parseFilter } from "./search-filter.ts";
import { type Fields, readOrder, SearchOrder } from "./search-order.ts";
import { type FoundModel, type FoundVersion, MODEL_FIELDS, NAME, VERSION_FIELDS } from "./store.ts";

export type SearchInput = {
  filter: string;
  orderBy: string[];
  maxResults: number;
  pageToken: string | null;
};
export type Page<T> = { rows: T[]; nextToken: string | null };

/** Bytewise, as SQLite sorts for MLflow. */
const name = { column: Prisma.raw(`${NAME} collate "C"`), type: "text" } as const;
const MODEL_ORDER: Fields = {
  name,
  created: { column: Prisma.sql`m.created_at`, type: "timestamptz" },
  updated: { column: Prisma.sql`m.updated_at`, type: "timestamptz" },
};
const VERSION_ORDER: Fields = {
  name,
  number: { column: Prisma.sql`v.number`, type: "int" },
  created: { column: Prisma.sql`v.created_at`, type: "timestamptz" },
  updated: { column: Prisma.sql`v.updated_at`, type: "timestamptz" },
};
const MODEL_KEYS = {
  name: "name",
  timestamp: "updated",
  last_updated_timestamp: "updated",
  creation_timestamp: "created",
};
const VERSION_KEYS = { ...MODEL_KEYS, version_number: "number" };

export async function searchModels(ctx: ModelCtx, input: SearchInput): Promise<Page<FoundModel>> {
  assertMay(ctx, "model.read");
  const orders = readOrder(input.orderBy, MODEL_KEYS, [{ field: "name", isAscending: true }]);
  const order = new SearchOrder("models", orders, MODEL_ORDER);
  const conditions = modelConditions(parseFilter(input.filter));
  return runPage<FoundModel>(ctx, input, order, {
    conditions,
    from: Prisma.sql`model as m`,
    columns: Prisma.sql`m.*`,
    body: Prisma.raw(`json_build_object(${MODEL_FIELDS})`),
    as: Prisma.sql`m`,
  });
}

export async function searchVersions(
  ctx: ModelCtx,
  input: SearchInput,
): Promise<Page<FoundVersion>> {
  assertMay(ctx, "model.read");
  const rest = [
    // The newest first, where nothing else is asked for.
    ...(input.orderBy.length === 0 ? [{ field: "updated", isAscending: false }] : []),
    { field: "name", isAscending: true },
    { field: "number", isAscending: false },
  ];
  const orders = readOrder(input.orderBy, VERSION_KEYS, rest);
  const order = new SearchOrder("versions", orders, VERSION_ORDER);
  const conditions = versionConditions(parseFilter(input.filter));
  return runPage<FoundVersion>(ctx, input, order, {
    conditions,
    from: Prisma.sql`version as v join model as m on m.id = v.model_id`,
    columns: Prisma.sql`v.id`,
    body: Prisma.raw(`(select json_build_object(${VERSION_FIELDS})
      from version as v join model as m on m.id = v.model_id where v.id = found.id)`),
    as: Prisma.sql`found`,
  });
}

type Query = {
  conditions: Prisma.Sql[];
  from: Prisma.Sql;
  columns: Prisma.Sql;
  body: Prisma.Sql;
  as: Prisma.Sql;
};
type Row<T> = { body: T; place: (string | number)[] };

/** The rows of the page are found first, so that only they are put together. */
async function runPage<T>(
  ctx: ModelCtx,
  { maxResults, pageToken }: SearchInput,
  order: SearchOrder,
  { conditions, from, columns, body, as }: Query,
): Promise<Page<T>> {
  const visible = visibleModels(ctx.actor);
  const all = visible.isAll ? conditions : [...conditions, visible.sql("m")];
  const rows = await ctx.db.statements.query<Row<T>>(Prisma.sql`
    select ${body} as body, place from (
      select ${columns}, ${order.place} as place, row_number() over (order by ${order.sql}) as nth
      from ${from} where ${Prisma.join(all, " and ")} and ${order.after(pageToken)}
      order by ${order.sql} limit ${maxResults + 1}
    ) as ${as} order by nth`);
  const page = rows.slice(0, maxResults);
  const last = page.at(-1);
  const hasMore = rows.length > maxResults && last !== undefined;
  return {
    rows: page.map((row) => row.body),
    nextToken: hasMore ? order.tokenOf(last.place) : null,
  };
}
