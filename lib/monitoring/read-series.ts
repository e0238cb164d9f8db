/** The SQL behind the charts: samples of any tier, put into buckets of one length. */
import type { Database } from "#lib/db/client.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import {
  REGISTRY_COLUMNS,
  REGISTRY_KEYS,
  type RegistryFigures,
  SERVER_COLUMNS,
  SERVER_KEYS,
  type ServerFigures,
} from "./columns.ts";
import { TIERS, type Tier } from "./tiers.ts";

export type Span = {
  from: Date;
  to: Date;
  bucketSeconds: number;
  tier: Tier;
  /** null: all of them. */
  server: string | null;
};

export type ServerRow = { at: Date } & Record<keyof ServerFigures, number | null>;
export type RegistryRow = { at: Date } & RegistryFigures;
export type TallyRow = { at: Date; key: string; field: string; total: number };

/** Where the rows of a tier end, of what comes after them only finer ones are there. */
const endOf = (tier: 1 | 2) => Prisma.sql`
  coalesce((select max(at) from monitoring_sample where tier = ${tier}::smallint)
    + make_interval(secs => ${TIERS[tier].stepSeconds}::int), '-infinity')`;

/** The rows of a span, the coarsest that its tier allows, each in its bucket `bucket`. */
function source(
  { from, to, bucketSeconds, tier }: Span,
  isOf: Prisma.Sql,
  columns: readonly string[],
): Prisma.Sql {
  const wanted = Prisma.raw(columns.join(", "));
  const parts = [2, 1, 0].filter((each) => each <= tier) as Tier[];
  const selects = parts.map((each) => {
    const coarser = parts.filter((other) => other > each) as (1 | 2)[];
    const begins = [Prisma.sql`${from}::timestamptz`, ...coarser.map(endOf)];
    return Prisma.sql`
      select server, ${wanted}, date_bin(make_interval(secs => ${bucketSeconds}::int), at, 'epoch') as bucket
      from monitoring_sample
      where tier = ${each}::smallint and at < ${to} and ${isOf}
        and at >= greatest(${Prisma.join(begins)})`;
  });
  return Prisma.join(selects, " union all ");
}

function ofServers({ server }: Span): Prisma.Sql {
  return server === null ? Prisma.sql`server <> ''` : Prisma.sql`server = ${server}`;
}

const list = (columns: object, map: (name: string, merge: string) => string) =>
  Prisma.raw(
    Object.entries(columns)
      .map(([name, merge]) => `${map(name, merge)} as ${name}`)
      .join(", "),
  );

/**
 * The servers' figures together: what is counted and what is held adds up over the servers; of the event loop the slowest
 * counts, and the time that was measured is that of the server that measured longest.
 */
export function readServerRows(db: Database, span: Span): Promise<ServerRow[]> {
  const of = (name: string, merge: string) => `${merge}(${name})`;
  const together = (name: string) =>
    name === "loop_delay" || name === "seconds" ? `max(${name})` : `sum(${name})`;
  return db.statements.query<ServerRow>(Prisma.sql`
    select bucket as at, ${list(SERVER_COLUMNS, together)} from (
      select bucket, server, ${list(SERVER_COLUMNS, of)}
      from (${source(span, ofServers(span), SERVER_KEYS)}) as samples group by bucket, server
    ) as each_server group by bucket order by bucket`);
}

export function readRegistryRows(db: Database, span: Span): Promise<RegistryRow[]> {
  const of = (name: string, merge: string) => `${merge}(${name})`;
  return db.statements.query<RegistryRow>(Prisma.sql`
    select bucket as at, ${list(REGISTRY_COLUMNS, of)}
    from (${source(span, Prisma.sql`server = ''`, REGISTRY_KEYS)}) as samples group by bucket order by bucket`);
}

/** Sums of tallies (lib/metrics/tally.ts) by bucket, key and field. */
export function readTallies(
  db: Database,
  span: Span,
  column: "operations" | "loads",
): Promise<TallyRow[]> {
  return db.statements.query<TallyRow>(Prisma.sql`
    select bucket as at, tallies.key, fields.key as field, sum(fields.value::float8)::float8 as total
    from (${source(span, ofServers(span), [column])}) as samples,
      jsonb_each(samples.${Prisma.raw(column)}) as tallies, jsonb_each_text(tallies.value) as fields
    group by 1, 2, 3`);
}
