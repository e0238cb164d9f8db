import { z } from "zod";
import { assertMay } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import { likeLiteral } from "#lib/db/like-literal.ts";
import { cursorInt, cursorsOf, cursorText } from "#lib/wire/cursor.ts";
import { normalAddress } from "#lib/wire/scheduler-address.ts";
import type { WorkerWire } from "./agent-schema.ts";
import type { ListedWorkerWire, listWorkersQuery } from "./clusters-schema.ts";
import { visibleNames } from "./visible-names.ts";

/** The cluster, the last worker that was shown, and its place, which counts where that worker is gone. */
const cursors = cursorsOf("workers", z.tuple([cursorText, cursorText, cursorInt]));

type Row = { scheduler_address: string; worker: WorkerWire; place: number; total: number };

/**
 * Workers of clusters as they were reported last, by cluster, host and name. The database takes the page out of the report,
 * so that megabytes of workers do not come here for fifty of them.
 */
export async function listWorkers(
  ctx: Ctx,
  input: z.output<typeof listWorkersQuery>,
): Promise<{ items: ListedWorkerWire[]; next_cursor: string | null; total: number }> {
  assertMay(ctx, "cluster.read");
  const { limit, cursor, query, model, version } = input;
  const after = cursors.decode(cursor);
  const named = model === undefined ? undefined : await visibleNames(ctx, [model]);
  if (model !== undefined && named?.(model) === false)
    return { items: [], next_cursor: null, total: 0 };
  const conditions = [
    input.scheduler_address === undefined
      ? Prisma.sql`true`
      : Prisma.sql`report.address = ${normalAddress(input.scheduler_address)}`,
    ...(query ? [matches(query)] : []),
    ...(model === undefined ? [] : [holds(model, version)]),
  ];
  const rows = await ctx.db.$queryRaw<Row[]>`
    with listed as materialized (
      select report.address collate "C" as scheduler_address, each.worker, each.place::int,
        each.worker ->> 'address' as address
      from cluster_report as report,
        json_array_elements(report.workers) with ordinality as each(worker, place)
      where ${Prisma.join(conditions, " and ")}
    )
    select scheduler_address, worker, place, (select count(*)::int from listed) as total from listed
    where ${after === null ? Prisma.sql`true` : isAfter(after)}
    order by scheduler_address, place limit ${limit + 1}`;
  const shown = rows.slice(0, limit);
  const isVisible = await visibleNames(
    ctx,
    shown.flatMap(({ worker }) => worker.models.map((held) => held.model)),
  );
  const last = shown.at(-1);
  return {
    items: shown.map(({ scheduler_address, worker }) => ({
      ...worker,
      scheduler_address,
      models: worker.models.filter((held) => isVisible(held.model)),
    })),
    next_cursor: rows.length > limit && last ? cursors.encode(...positionOf(last)) : null,
    total: rows[0]?.total ?? 0,
  };
}

const positionOf = ({ scheduler_address, worker, place }: Row) =>
  [scheduler_address, worker.address, place] as const;

function isAfter([cluster, address, place]: readonly [string, string, number]): Prisma.Sql {
  return Prisma.sql`(scheduler_address, place) > (${cluster}::text collate "C", coalesce(
    (select place from listed where scheduler_address = ${cluster} and address = ${address} limit 1), ${place}))`;
}

function matches(query: string): Prisma.Sql {
  const pattern = `%${likeLiteral(query)}%`;
  return Prisma.sql`(each.worker ->> 'name' ilike ${pattern} or each.worker ->> 'address' ilike ${pattern}
    or each.worker ->> 'host' ilike ${pattern})`;
}

function holds(model: string, version: string | undefined): Prisma.Sql {
  const ofVersion =
    version === undefined ? Prisma.empty : Prisma.sql`and held ->> 'version' = ${version}`;
  return Prisma.sql`exists (
    select 1 from json_array_elements(each.worker -> 'models') as held
    where lower(held ->> 'model') = ${model.toLowerCase()} and held ->> 'state' = 'ready' ${ofVersion})`;
}
