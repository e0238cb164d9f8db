/**
 * The list's SQL. Every filter and every sort has an index in the migrations; the order is
 * (sort value, id), so that a cursor is a position and not an offset.
 */

import { z } from "zod";
import type { VisibleModels } from "#lib/access/visible-models.ts";
import type { FrameworksConfig } from "#lib/config/config.ts";
import type { Database } from "#lib/db/client.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import { cursorCount, cursorsOf, cursorText, rowId } from "#lib/wire/cursor.ts";
import { momentSchema } from "#lib/wire/words.ts";
import { supportCondition } from "./framework-support.ts";
import { type FoundListed, findListed } from "./hot-statements.ts";
import type { ListModelsQuery } from "./request-schema.ts";
import type { FacetsWire, ListedModelWire } from "./schema.ts";
import { findRarePart, type Holders, matchesText } from "./search-store.ts";
import { nameKey } from "./store.ts";

export type ModelFilter = Partial<
  Pick<
    ListModelsQuery,
    | "query"
    | "framework"
    | "format"
    | "stage"
    | "verdict"
    | "tag"
    | "owner"
    | "min_parameters"
    | "max_parameters"
    | "framework_support"
  >
> & {
  /** What `framework_support` compares with; needed where it is asked for. */
  frameworks?: FrameworksConfig;
  /** Holders of the words of `query` that are digests (`findHolders`). */
  holders?: Holders;
  /** The models that the actor may see. */
  visible: VisibleModels;
};
export type FacetName = keyof FacetsWire;

const SORT_COLUMN = {
  name: Prisma.sql`name_key`,
  updated_at: Prisma.sql`updated_at`,
  size_bytes: Prisma.sql`size_bytes`,
  // Unknown counts sort as the smallest; the index has the same expression.
  parameters: Prisma.sql`coalesce(parameters, -1)`,
  downloads: Prisma.sql`model_counter.downloads`,
} as const;
type SortField = keyof typeof SORT_COLUMN;
const SORT_TYPE: Record<SortField, Prisma.Sql> = {
  name: Prisma.sql`text`,
  updated_at: Prisma.sql`timestamptz`,
  size_bytes: Prisma.sql`bigint`,
  parameters: Prisma.sql`bigint`,
  downloads: Prisma.sql`bigint`,
};

/** Counts stand in a table of their own; its rows are read in the order of the count. */
const tableOf = (field: SortField): Prisma.Sql =>
  field === "downloads"
    ? Prisma.sql`model join model_counter on model_counter.model_id = model.id`
    : Prisma.sql`model`;

type ConditionOptions = {
  /** A facet does not narrow itself. */
  without?: FacetName;
  /** See `matchesText`. */
  part?: string | null;
};

export function conditions(
  filter: ModelFilter,
  { without, part = null }: ConditionOptions = {},
): Prisma.Sql {
  const all: Prisma.Sql[] = [Prisma.sql`deleted_at is null`];
  if (!filter.visible.isAll) all.push(filter.visible.sql());
  const among = (column: Prisma.Sql, values: readonly string[] | undefined) => {
    if (values && values.length > 0)
      all.push(Prisma.sql`${column} in (${Prisma.join([...values])})`);
  };
  if (filter.query) all.push(matchesText(filter.query, part, filter.holders ?? {}));
  if (without !== "framework") among(Prisma.sql`framework`, filter.framework);
  if (without !== "format") among(Prisma.sql`format`, filter.format);
  if (without !== "verdict") among(Prisma.sql`verdict`, filter.verdict);
  if (without !== "owner" && filter.owner) all.push(Prisma.sql`owner = ${filter.owner}`);
  if (without !== "stage" && filter.stage && filter.stage.length > 0) {
    all.push(Prisma.sql`stages && ${[...filter.stage]}::text[]`);
  }
  for (const tag of without === "tag" ? [] : (filter.tag ?? [])) {
    const colon = tag.indexOf(":");
    const pair = JSON.stringify({ [tag.slice(0, colon)]: tag.slice(colon + 1) });
    all.push(Prisma.sql`tags @> ${pair}::jsonb`);
  }
  if (filter.min_parameters !== undefined)
    all.push(Prisma.sql`parameters >= ${filter.min_parameters}`);
  if (filter.max_parameters !== undefined)
    all.push(Prisma.sql`parameters <= ${filter.max_parameters}`);
  if (filter.framework_support !== undefined)
    all.push(supportCondition(filter.frameworks ?? {}, filter.framework_support));
  return Prisma.join(all, " and ");
}

/** With `matches-first` all matches are found and then sorted; `free` leaves the plan to PostgreSQL. */
export type PagePlan = "free" | "matches-first";

export type PageInput = Pick<ListModelsQuery, "sort" | "limit" | "cursor"> & { plan: PagePlan };

/** `total` is null unless all matches were read. */
export type ModelPage = { rows: FoundListed[]; nextCursor: string | null; total: number | null };

export async function findModelPage(
  db: Database,
  filter: ModelFilter,
  { sort, limit, cursor, plan }: PageInput,
): Promise<ModelPage> {
  const field = sort.replace("-", "") as SortField;
  const position = positionOf(sort, cursor);
  const find = plan === "free" ? findInOrder : findAmongMatches;
  const { ids: found, total } = await find(db, filter, position, limit + 1);
  const rows = await findListed(db, found.slice(0, limit));
  const last = rows.at(-1);
  const hasMore = found.length > limit && last !== undefined;
  return {
    rows,
    nextCursor: hasMore ? cursorsBy(sort).encode(sortValue(last.body, field), last.id) : null,
    total,
  };
}

type Position = {
  table: Prisma.Sql;
  /** The expression that is sorted by. */
  column: Prisma.Sql;
  /** The condition that a row comes after the cursor, of the row's sort value. */
  after: (value: Prisma.Sql) => Prisma.Sql;
  direction: Prisma.Sql;
  /** Of the statement without filters. */
  name: string;
};

function positionOf(sort: ListModelsQuery["sort"], cursor: string | undefined): Position {
  const field = sort.replace("-", "") as SortField;
  const isDescending = sort.startsWith("-");
  const begin = cursorsBy(sort).decode(cursor);
  const isAfter = isDescending ? Prisma.sql`<` : Prisma.sql`>`;
  return {
    table: tableOf(field),
    column: SORT_COLUMN[field],
    direction: isDescending ? Prisma.sql`desc` : Prisma.sql`asc`,
    name: `models by ${sort}${begin === null ? "" : ", after"}`,
    after: (value) =>
      begin === null
        ? Prisma.sql`true`
        : Prisma.sql`(${value}, id) ${isAfter} (${begin[0]}::${SORT_TYPE[field]}, ${begin[1]})`,
  };
}

const countText = cursorCount.transform(String);
const SORT_VALUE: Record<SortField, z.ZodType<string>> = {
  name: cursorText,
  updated_at: momentSchema,
  size_bytes: countText,
  parameters: countText,
  downloads: countText,
};

function cursorsBy(sort: ListModelsQuery["sort"]) {
  const field = sort.replace("-", "") as SortField;
  return cursorsOf(`models by ${sort}`, z.tuple([SORT_VALUE[field], rowId]));
}

type Found = { ids: bigint[]; total: number | null };

async function findInOrder(
  db: Database,
  filter: ModelFilter,
  { table, column, after, direction, name }: Position,
  limit: number,
): Promise<Found> {
  // Filters are planned for their values; without any, and for whoever sees public models alone, the plan is the same.
  const found = await db.statements.query<{ id: string }>(
    Prisma.sql`
      select id from ${table} where ${conditions(filter)} and ${after(column)}
      order by ${column} ${direction}, id ${direction} limit ${limit}`,
    isFiltered(filter) ? undefined : `${name}, ${filter.visible.kind}`,
  );
  return { ids: found.map(({ id }) => BigInt(id)), total: null };
}

/** A materialized query is planned by itself, without regard to order and limit, and its count is free. */
async function findAmongMatches(
  db: Database,
  filter: ModelFilter,
  { table, column, after, direction }: Position,
  limit: number,
): Promise<Found> {
  const value = Prisma.sql`value`;
  const part = filter.query ? await findRarePart(db, filter.query, filter.holders) : null;
  const [row] = await db.statements.query<{ ids: string[]; total: string }>(Prisma.sql`
    with matching as materialized (select id, ${column} as value from ${table} where ${conditions(filter, { part })})
    select (select count(*) from matching) as total, array(
      select id from matching where ${after(value)}
      order by value ${direction}, id ${direction} limit ${limit}) as ids`);
  return { ids: (row?.ids ?? []).map(BigInt), total: Number(row?.total ?? 0) };
}

function sortValue(row: ListedModelWire, field: SortField): string | number {
  if (field === "name") return nameKey(row.name);
  return field === "parameters" ? (row.parameters ?? -1) : row[field];
}

/**
 * Whether the actor or the request leaves models out in a way that PostgreSQL cannot tell the extent of: it knows how many
 * are public.
 */
export function isFiltered(filter: ModelFilter): boolean {
  return filter.visible.kind === "confined" || isAsked(filter);
}

/** Whether the request asks for some models only. */
function isAsked({
  holders: _,
  visible: _visible,
  frameworks: _frameworks,
  ...filter
}: ModelFilter): boolean {
  return Object.values(filter).some((value) => value !== undefined);
}

export async function countModels(db: Database, filter: ModelFilter): Promise<number> {
  const [row] = await db.statements.query<{ count: string }>(
    Prisma.sql`select count(*) as count from model where ${conditions(filter)}`,
  );
  return Number(row?.count ?? 0);
}
