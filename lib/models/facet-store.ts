/** The facets' SQL. */

import type { Database } from "#lib/db/client.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import { conditions, type ModelFilter } from "./list-store.ts";
import type { FacetsWire } from "./schema.ts";

/** Facets show their most frequent values; a longer list would be no help in a sidebar. */
const FACET_VALUES_MAX = 50;

/** How many models have each value, under all the other filters (a facet does not narrow itself). */
export async function countFacets(db: Database, filter: ModelFilter): Promise<FacetsWire> {
  const scalar = (name: "framework" | "format" | "verdict" | "owner") => {
    const column = SCALAR_FACET[name];
    return db.statements.query<FacetRow>(Prisma.sql`
      select ${column} as value, count(*) as count from model
      where ${conditions(filter, { without: name })} and ${column} is not null
      group by 1 order by 2 desc, 1 limit ${FACET_VALUES_MAX}`);
  };
  const [framework, format, verdict, owner, stage, tag] = await Promise.all([
    scalar("framework"),
    scalar("format"),
    scalar("verdict"),
    scalar("owner"),
    db.statements.query<FacetRow>(Prisma.sql`
      select stage as value, count(*) as count from model, unnest(stages) as stage
      where ${conditions(filter, { without: "stage" })} and stages <> '{}'
      group by 1 order by 2 desc, 1 limit ${FACET_VALUES_MAX}`),
    db.statements.query<FacetRow>(Prisma.sql`
      select t.key || ':' || t.value as value, count(*) as count from model, jsonb_each_text(tags) as t
      where ${conditions(filter, { without: "tag" })} and tags <> '{}'::jsonb
      group by 1 order by 2 desc, 1 limit ${FACET_VALUES_MAX}`),
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

type FacetRow = { value: string; count: string };
const SCALAR_FACET = {
  framework: Prisma.sql`framework`,
  format: Prisma.sql`format`,
  verdict: Prisma.sql`verdict`,
  owner: Prisma.sql`owner`,
} as const;

function toRecord(rows: FacetRow[]): Record<string, number> {
  return Object.fromEntries(rows.map(({ value, count }) => [value, Number(count)]));
}
