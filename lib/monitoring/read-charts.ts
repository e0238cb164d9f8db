import type { Ctx } from "#lib/context.ts";
import { forecastDisk } from "./forecast-disk.ts";
import { findSince, listServers } from "./monitoring-store.ts";
import { type ReadBuckets, readBuckets } from "./read-buckets.ts";
import type { Span } from "./read-series.ts";
import type { MonitoringRange, MonitoringWire } from "./schema.ts";
import { toLoads, toOperations, toSeries, toTotals } from "./shape-series.ts";
import { MONITORING_PLANS } from "./tiers.ts";

export type Charts = Omit<MonitoringWire, "marks" | "active_models">;

/** The buckets of a range that ends at `end`, aligned to UTC; the last one has `end` in it. */
export function spanOf(range: MonitoringRange, end: Date, server: string | null): Span {
  const plan = MONITORING_PLANS[range];
  const bucketMs = plan.bucketSeconds * 1000;
  const to = new Date((Math.floor(end.getTime() / bucketMs) + 1) * bucketMs);
  return { ...plan, from: new Date(to.getTime() - plan.seconds * 1000), to, server };
}

/** What is the same for everybody who may see it. `read` may remember what it has read before. */
export async function readCharts(
  ctx: Ctx,
  range: MonitoringRange,
  span: Span,
  read: ReadBuckets = readBuckets,
): Promise<Charts> {
  const { db } = ctx;
  const [since, capacity] = await Promise.all([findSince(db), ctx.storage.capacity()]);
  const [{ rows, registry, operations, loads }, servers, fullInDays] = await Promise.all([
    read(db, span, since),
    listServers(ctx, span),
    capacity === null ? null : forecastDisk(db, capacity),
  ]);
  const times: number[] = [];
  const { bucketSeconds, from, to } = span;
  for (let at = from.getTime(); at < to.getTime(); at += bucketSeconds * 1000) times.push(at);
  return {
    range,
    from: from.toISOString(),
    to: to.toISOString(),
    bucket_seconds: bucketSeconds,
    server: span.server,
    since: since?.toISOString() ?? null,
    times: times.map((at) => new Date(at).toISOString()),
    series: toSeries(times, { server: rows, registry }, operations),
    totals: toTotals(rows, loads),
    disk: capacity && {
      total_bytes: capacity.totalBytes,
      free_bytes: capacity.freeBytes,
      full_in_days: fullInDays,
    },
    operations: toOperations(times, rows, operations),
    loads: toLoads(times, loads),
    servers,
  };
}
