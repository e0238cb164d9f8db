import { visibleModels } from "#lib/access/visible-models.ts";
import type { AlertKind } from "#lib/alerts/kinds.ts";
import { visibleAlerts } from "#lib/alerts/visible-alerts.ts";
import { countActiveModels } from "#lib/cluster/list-clusters.ts";
import type { Ctx } from "#lib/context.ts";
import type { Database } from "#lib/db/client.ts";
import { millis } from "#lib/db/database-clock.ts";
import { LANE_NAMES, LANES, type LaneLoads } from "#lib/operations/lanes.ts";
import type { Span } from "./read-series.ts";
import type { MonitoringWire } from "./schema.ts";

/** More servers than these are told by the figures together; those seen last come first. */
const SERVERS_MAX = 100;
/** More marks than these would hide the chart. */
const MARKS_MAX = 200;
/** A sample may be so many intervals late before its server counts as lost. */
const LATE_INTERVALS = 3;

type ServerRow = {
  name: string;
  version: string;
  node: string;
  started_at: Date;
  last_seen_at: Date;
  state: MonitoringWire["servers"][number]["state"];
  lanes: LaneLoads | null;
  seconds: number | null;
} & Record<"requests" | "cpu_seconds", number | null> &
  Record<"rss_bytes" | "loop_delay" | "pool_used" | "pool_waiting", number | null>;

/** Servers that were there in the span, with what each does now. */
export async function listServers(
  { db, config }: Ctx,
  { from }: Span,
): Promise<MonitoringWire["servers"]> {
  const late = millis(config.monitoring.sampleIntervalMs * LATE_INTERVALS);
  const rows = await db.$queryRaw<ServerRow[]>`
    select name, version, node, started_at, last_seen_at, lanes,
      case when left_at is not null then 'left'
        when last_seen_at < now() - ${late} then 'lost' else 'live' end as state,
      sample.seconds, requests, cpu_seconds, rss_bytes, loop_delay, pool_used, pool_waiting
    from monitoring_server left join lateral (
      select * from monitoring_sample
      where tier = 0 and server = name and at > now() - ${late} order by at desc limit 1
    ) as sample on left_at is null
    where last_seen_at >= ${from}
    order by left_at is not null, last_seen_at < now() - ${late}, name limit ${SERVERS_MAX}::int`;
  return rows.map((row) => ({
    name: row.name,
    version: row.version,
    node: row.node,
    started_at: row.started_at.toISOString(),
    last_seen_at: row.last_seen_at.toISOString(),
    state: row.state,
    lanes: LANE_NAMES.flatMap((lane) => {
      const running = row.lanes?.[lane];
      return running === undefined ? [] : [{ lane, running, places: LANES[lane].concurrency }];
    }),
    now: row.seconds
      ? {
          requests: (row.requests ?? 0) / row.seconds,
          cpu: (row.cpu_seconds ?? 0) / row.seconds,
          rss_bytes: row.rss_bytes ?? 0,
          loop_delay: row.loop_delay ?? 0,
          pool_used: row.pool_used ?? 0,
          pool_waiting: row.pool_waiting ?? 0,
        }
      : null,
  }));
}

export async function findSince(db: Database): Promise<Date | null> {
  const [row] = await db.$queryRaw<{ at: Date | null }[]>`
    select least(
      (select min(at) from monitoring_sample where tier = 0),
      (select min(at) from monitoring_sample where tier = 1)) as at`;
  return row?.at ?? null;
}

/** Those that the actor may see. Downloads are counted by the hour. */
export async function findActiveModels(
  ctx: Ctx,
  { from, to }: Span,
): Promise<MonitoringWire["active_models"]> {
  const isVisible = visibleModels(ctx.actor).sql("model");
  const [[row], onCluster] = await Promise.all([
    ctx.db.$queryRaw<{ models: bigint }[]>`
      select count(distinct model.id) as models from download_count
      join version on version.id = download_count.version_id join model on model.id = version.model_id
      where hour >= date_trunc('hour', ${from}::timestamptz) and hour < ${to} and ${isVisible}`,
    countActiveModels(ctx),
  ]);
  return { downloaded: Number(row?.models ?? 0n), on_cluster: onCluster };
}

/** Of alerts that the actor may see. */
export async function findMarks(ctx: Ctx, { from, to }: Span): Promise<MonitoringWire["marks"]> {
  const rows = await ctx.db.alert.findMany({
    where: { AND: [{ openedAt: { gte: from, lt: to } }, await visibleAlerts(ctx)] },
    orderBy: { openedAt: "desc" },
    take: MARKS_MAX,
  });
  return rows.map(({ openedAt, resolvedAt, kind, subject, severity }) => ({
    at: openedAt.toISOString(),
    resolved_at: resolvedAt?.toISOString() ?? null,
    kind: kind as AlertKind,
    subject,
    severity: severity as MonitoringWire["marks"][number]["severity"],
  }));
}
