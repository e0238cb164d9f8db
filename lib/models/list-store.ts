/**
 * The list's SQL. Every filter and every sort has an index in the migrations; the order is
 * (sort value, id), so that a cursor is a position and not an offset.
 */

import { type Model, Prisma } from "../db/generated/client.ts";
import type { TransactionClient } from "../db/transaction.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import type { FacetsWire, ListModelsQuery } from "./schema.ts";

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
  >
>;
export type FacetName = keyof FacetsWire;

/** Facets show their most frequent values; a longer list would be no help in a sidebar. */
const FACET_VALUES_MAX = 50;

const SORT_COLUMN = {
  name: Prisma.sql`name_key`,
  updated_at: Prisma.sql`updated_at`,
  size_bytes: Prisma.sql`size_bytes`,
  // Unknown counts sort as the smallest; the index has the same expression.
  parameters: Prisma.sql`coalesce(parameters, -1)`,
  downloads: Prisma.sql`downloads`,
} as const;
type SortField = keyof typeof SORT_COLUMN;

/** Escapes what LIKE would read as a wildcard. */
function likeLiteral(text: string): string {
  return text.replace(/[\\%_]/g, (character) => `\\${character}`);
}

function conditions(filter: ModelFilter, without?: FacetName): Prisma.Sql {
  const all: Prisma.Sql[] = [Prisma.sql`deleted_at is null`];
  const among = (column: Prisma.Sql, values: readonly string[] | undefined) => {
    if (values && values.length > 0)
      all.push(Prisma.sql`${column} in (${Prisma.join([...values])})`);
  };
  if (filter.query) all.push(matchesText(filter.query.toLowerCase()));
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
  return Prisma.join(all, " and ");
}

/** Trigrams need three characters; a shorter query means "the name begins with". */
function matchesText(query: string): Prisma.Sql {
  if ([...query].length < 3) return Prisma.sql`name_key like ${`${likeLiteral(query)}%`}`;
  return Prisma.sql`lower(name || ' ' || left(description, 1000)) like ${`%${likeLiteral(query)}%`}`;
}

export async function findModelPage(
  tx: TransactionClient,
  filter: ModelFilter,
  sort: ListModelsQuery["sort"],
  limit: number,
  cursor: string | undefined,
): Promise<{ rows: Model[]; nextCursor: string | null }> {
  const descending = sort.startsWith("-");
  const field = sort.replace("-", "") as SortField;
  const column = SORT_COLUMN[field];
  const direction = descending ? Prisma.sql`desc` : Prisma.sql`asc`;
  const position = cursor === undefined ? null : decodeCursor(cursor, sort);
  const cast =
    field === "name"
      ? Prisma.sql`text`
      : field === "updated_at"
        ? Prisma.sql`timestamptz`
        : Prisma.sql`bigint`;
  const after =
    position === null
      ? Prisma.empty
      : Prisma.sql`and (${column}, id) ${descending ? Prisma.sql`<` : Prisma.sql`>`} (${String(position.value)}::${cast}, ${BigInt(position.id)})`;
  const found = await tx.$queryRaw<{ id: bigint }[]>`
    select id from model where ${conditions(filter)} ${after}
    order by ${column} ${direction}, id ${direction} limit ${limit + 1}`;
  const ids = found.slice(0, limit).map(({ id }) => id);
  const unordered = await tx.model.findMany({ where: { id: { in: ids } } });
  const byId = new Map(unordered.map((row) => [row.id, row]));
  const rows = ids.flatMap((id) => byId.get(id) ?? []);
  const last = rows.at(-1);
  const hasMore = found.length > limit && last !== undefined;
  return {
    rows,
    nextCursor: hasMore ? encodeCursor(sort, sortValue(last, field), last.id.toString()) : null,
  };
}

function sortValue(row: Model, field: SortField): string | number {
  switch (field) {
    case "name":
      return row.nameKey;
    case "updated_at":
      return row.updatedAt.toISOString();
    case "size_bytes":
      return Number(row.sizeBytes);
    case "parameters":
      return Number(row.parameters ?? -1n);
    case "downloads":
      return Number(row.downloads);
  }
}

export async function countModels(tx: TransactionClient, filter: ModelFilter): Promise<number> {
  const [row] = await tx.$queryRaw<{ count: bigint }[]>`
    select count(*) as count from model where ${conditions(filter)}`;
  return Number(row?.count ?? 0);
}

/** How many models have each value, under all the other filters (a facet does not narrow itself). */
export async function countFacets(tx: TransactionClient, filter: ModelFilter): Promise<FacetsWire> {
  const scalar = (name: "framework" | "format" | "verdict" | "owner") => {
    const column = SCALAR_FACET[name];
    return tx.$queryRaw<FacetRow[]>`
      select ${column} as value, count(*) as count from model
      where ${conditions(filter, name)} and ${column} is not null
      group by 1 order by 2 desc, 1 limit ${FACET_VALUES_MAX}`;
  };
  const [framework, format, verdict, owner, stage, tag] = await Promise.all([
    scalar("framework"),
    scalar("format"),
    scalar("verdict"),
    scalar("owner"),
    tx.$queryRaw<FacetRow[]>`
      select stage as value, count(*) as count from model, unnest(stages) as stage
      where ${conditions(filter, "stage")} and stages <> '{}'
      group by 1 order by 2 desc, 1 limit ${FACET_VALUES_MAX}`,
    tx.$queryRaw<FacetRow[]>`
      select t.key || ':' || t.value as value, count(*) as count from model, jsonb_each_text(tags) as t
      where ${conditions(filter, "tag")} and tags <> '{}'::jsonb
      group by 1 order by 2 desc, 1 limit ${FACET_VALUES_MAX}`,
  ]);
  return {
    framework: toRecord(framework),
    format: toRecord(format),
    verdict: toRecord(verdict),
    owner: toRecord(owner),
    stage: toRecord(stage),
    tag: toRecord(tag),
  };
}

type FacetRow = { value: string; count: bigint };
const SCALAR_FACET = {
  framework: Prisma.sql`framework`,
  format: Prisma.sql`format`,
  verdict: Prisma.sql`verdict`,
  owner: Prisma.sql`owner`,
} as const;

function toRecord(rows: FacetRow[]): Record<string, number> {
  return Object.fromEntries(rows.map(({ value, count }) => [value, Number(count)]));
}
