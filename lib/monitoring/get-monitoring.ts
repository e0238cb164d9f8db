import { assertMay, may } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import { SumCache } from "#lib/metrics/sum-cache.ts";
import { findActiveModels, findMarks } from "./monitoring-store.ts";
import { BucketMemory } from "./read-buckets.ts";
import { type Charts, readCharts, spanOf } from "./read-charts.ts";
import type { MonitoringQuery, MonitoringRange, MonitoringWire } from "./schema.ts";
import { TIERS } from "./tiers.ts";

type Remembered = { answers: SumCache<Charts>; buckets: Map<MonitoringRange, BucketMemory> };
const remembered = new WeakMap<Ctx["db"], Remembered>();

/** What the servers measured in a range, in buckets of which the last one may still be in progress. */
export async function getMonitoring(ctx: Ctx, query: MonitoringQuery): Promise<MonitoringWire> {
  assertMay(ctx, "monitoring.read");
  const { range, server = null, until } = query;
  const now = await databaseNow(ctx.db);
  const span = spanOf(range, until === undefined ? now : within(Date.parse(until), now), server);
  const own = {
    active_models: await findActiveModels(ctx, span),
    marks: may(ctx, "alert.read") ? await findMarks(ctx, span) : [],
  };
  // What most look at, now and together, is computed once for all of them; anything else would be endless keys.
  const isCommon = until === undefined && server === null;
  if (!isCommon) return { ...(await readCharts(ctx, range, span)), ...own };
  const { answers, buckets } = remembered.get(ctx.db) ?? {
    answers: new SumCache<Charts>(),
    buckets: new Map<MonitoringRange, BucketMemory>(),
  };
  remembered.set(ctx.db, { answers, buckets });
  const memory = buckets.get(range) ?? new BucketMemory();
  buckets.set(range, memory);
  const marker = String(Math.floor(now.getTime() / ctx.config.monitoring.sampleIntervalMs));
  const charts = await answers.get(range, marker, () =>
    readCharts(ctx, range, span, (...asked) => memory.read(...asked)),
  );
  return { ...charts, ...own };
}

/** Nothing is known of the future, nor of the time before what is kept. */
function within(asked: number, now: Date): Date {
  const oldest = now.getTime() - TIERS[2].keptSeconds * 1000;
  return new Date(Math.max(oldest, Math.min(asked, now.getTime())));
}
