import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import { REGISTRY_COLUMNS, SERVER_COLUMNS } from "./columns.ts";
import { TIERS } from "./tiers.ts";

/** A server may be this late with a sample of an interval that is over. */
const GRACE_SECONDS = 30;

const ALL = Object.entries({ ...SERVER_COLUMNS, ...REGISTRY_COLUMNS });
const COLUMNS = Prisma.raw(ALL.map(([name]) => name).join(", "));
const MERGED = Prisma.raw(ALL.map(([name, merge]) => `${merge}(${name}) as ${name}`).join(", "));

/**
 * Makes five minutes of samples, and hours of these, and removes what is older than it is kept. Runs every minute in one
 * process; what was left undone is done the next time.
 */
export async function rollUpSamples(ctx: Ctx): Promise<void> {
  await rollUp(ctx, 1);
  await rollUp(ctx, 2);
  for (const [tier, { keptSeconds }] of TIERS.entries())
    await ctx.db.$executeRaw`
      delete from monitoring_sample
      where tier = ${tier}::smallint and at < now() - make_interval(secs => ${keptSeconds}::int)`;
  const { keptSeconds } = TIERS[2];
  await ctx.db.$executeRaw`
    delete from monitoring_server where last_seen_at < now() - make_interval(secs => ${keptSeconds}::int)`;
}

async function rollUp({ db }: Ctx, tier: 1 | 2): Promise<void> {
  const below = tier - 1;
  const step = Prisma.sql`make_interval(secs => ${TIERS[tier].stepSeconds}::int)`;
  const [span] = await db.$queryRaw<{ from: Date | null; to: Date }[]>`
    select coalesce(
        (select max(at) + ${step} from monitoring_sample where tier = ${tier}::smallint),
        (select date_bin(${step}, min(at), 'epoch') from monitoring_sample where tier = ${below}::smallint)) as from,
      date_bin(${step}, now() - make_interval(secs => ${GRACE_SECONDS}::int), 'epoch') as to`;
  if (!span?.from || span.from >= span.to) return;
  await db.$executeRaw`
    with source as (
      select *, date_bin(${step}, at, 'epoch') as begun from monitoring_sample
      where tier = ${below}::smallint and at >= ${span.from} and at < ${span.to}
    ),
    operations as (${mergedTallies("operations")}),
    loads as (${mergedTallies("loads")}),
    figures as (select begun, server, ${MERGED} from source group by begun, server)
    insert into monitoring_sample (tier, at, server, ${COLUMNS}, operations, loads)
    select ${tier}::smallint, begun, server, ${COLUMNS}, operations.tallies, loads.tallies
    from figures left join operations using (begun, server) left join loads using (begun, server)
    on conflict do nothing`;
}

/** The sums of tallies (lib/metrics/tally.ts), whatever their keys are. */
function mergedTallies(column: "operations" | "loads"): Prisma.Sql {
  return Prisma.sql`
    select begun, server, jsonb_object_agg(key, tally) as tallies from (
      select begun, server, key, jsonb_object_agg(field, total) as tally from (
        select begun, server, tallies.key, fields.key as field, sum(fields.value::float8) as total
        from source, jsonb_each(source.${Prisma.raw(column)}) as tallies,
          jsonb_each_text(tallies.value) as fields
        group by 1, 2, 3, 4
      ) as summed group by 1, 2, 3
    ) as merged group by 1, 2`;
}
