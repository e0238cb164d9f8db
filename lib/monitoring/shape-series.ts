/** Rows -> series: pure arithmetic on buckets. */
import { addTallies, addTally, quantile, type Tallies, type Tally } from "#lib/metrics/tally.ts";
import type { FrameworkName } from "#lib/wire/words.ts";
import type { RegistryRow, ServerRow, TallyRow } from "./read-series.ts";
import type { MonitoringWire, SeriesName } from "./schema.ts";

const MINUTE = 60;
/** A legend with more entries than these is not read. */
const OPERATIONS_MAX = 8;
const OTHER = "other";

/** Tallies by bucket (milliseconds) and key. */
export type BucketTallies = Map<number, Tallies>;

export function toBuckets(rows: readonly TallyRow[]): BucketTallies {
  const buckets: BucketTallies = new Map();
  for (const { at, key, field, total } of rows) {
    const tallies = buckets.get(at.getTime()) ?? {};
    buckets.set(at.getTime(), tallies);
    if (!Object.hasOwn(tallies, key)) tallies[key] = {};
    (tallies[key] as Tally)[field] = total;
  }
  return buckets;
}

type Point = { of: ServerRow | undefined; registry: RegistryRow | undefined; all: Tally };

const perSecond = (of: ServerRow | undefined, value: number | null | undefined) =>
  of?.seconds && value != null ? value / of.seconds : null;
const perMinute = (of: ServerRow | undefined, value: number | null | undefined) => {
  const rate = perSecond(of, value);
  return rate === null ? null : rate * MINUTE;
};

const VALUES: Record<SeriesName, (point: Point) => number | null> = {
  requests: ({ of }) => perSecond(of, of?.requests),
  client_errors: ({ of }) => perSecond(of, of?.client_errors),
  server_errors: ({ of }) => perSecond(of, of?.server_errors),
  duration_p50: ({ all }) => quantile(all, 0.5),
  duration_p95: ({ all }) => quantile(all, 0.95),
  duration_p99: ({ all }) => quantile(all, 0.99),
  downloads: ({ of }) => perMinute(of, of?.downloads),
  uploads: ({ of }) => perMinute(of, of?.uploads),
  bytes_in: ({ of }) => perSecond(of, of?.bytes_in),
  bytes_out: ({ of }) => perSecond(of, of?.bytes_out),
  cache_hit_rate: ({ of }) => hitRate(of?.cache_hits, of?.cache_misses),
  cpu: ({ of }) => perSecond(of, of?.cpu_seconds),
  loop_delay: ({ of }) => of?.loop_delay ?? null,
  rss_bytes: ({ of }) => of?.rss_bytes ?? null,
  heap_bytes: ({ of }) => of?.heap_bytes ?? null,
  pool_used: ({ of }) => of?.pool_used ?? null,
  pool_waiting: ({ of }) => of?.pool_waiting ?? null,
  pool_size: ({ of }) => of?.pool_size ?? null,
  active_requests: ({ of }) => of?.active_requests ?? null,
  active_uploads: ({ of }) => of?.active_uploads ?? null,
  jobs_waiting: ({ registry }) => registry?.jobs_waiting ?? null,
  jobs_running: ({ registry }) => registry?.jobs_running ?? null,
  jobs_failed: ({ registry }) => registry?.jobs_failed ?? null,
  oldest_job: ({ registry }) => registry?.oldest_job ?? null,
  open_uploads: ({ registry }) => registry?.open_uploads ?? null,
  stored_bytes: ({ registry }) => registry?.stored_bytes ?? null,
  disk_bytes: ({ registry }) => registry?.disk_bytes ?? null,
  disk_used: ({ registry }) => registry?.disk_used ?? null,
};

export function toSeries(
  times: readonly number[],
  rows: { server: readonly ServerRow[]; registry: readonly RegistryRow[] },
  operations: BucketTallies,
): MonitoringWire["series"] {
  const server = new Map(rows.server.map((row) => [row.at.getTime(), row]));
  const registry = new Map(rows.registry.map((row) => [row.at.getTime(), row]));
  const points = times.map((at): Point => {
    const all: Tally = {};
    for (const tally of Object.values(operations.get(at) ?? {})) addTally(all, tally);
    return { of: server.get(at), registry: registry.get(at), all };
  });
  const entries = Object.entries(VALUES).map(([name, value]) => [name, points.map(value)]);
  return Object.fromEntries(entries) as MonitoringWire["series"];
}

export function toTotals(
  rows: readonly ServerRow[],
  loads: BucketTallies,
): MonitoringWire["totals"] {
  const [[, load] = ["", {}]] = sumByKey(loads, () => "all");
  const sum = (key: Exclude<keyof ServerRow, "at">) =>
    rows.reduce((total, row) => total + (row[key] ?? 0), 0);
  return {
    requests: sum("requests"),
    errors: sum("server_errors"),
    downloads: sum("downloads"),
    uploads: sum("uploads"),
    download_bytes: sum("download_bytes"),
    upload_bytes: sum("upload_bytes"),
    cache_hit_rate: hitRate(sum("cache_hits"), sum("cache_misses")),
    load_p50: quantile(load, 0.5),
    load_p95: quantile(load, 0.95),
  };
}

export function toOperations(
  times: readonly number[],
  rows: readonly ServerRow[],
  buckets: BucketTallies,
): MonitoringWire["operations"] {
  const names = frequent(buckets);
  const keyOf = (name: string) => (names.has(name) ? name : OTHER);
  const seconds = new Map(rows.map((row) => [row.at.getTime(), row]));
  return sumByKey(buckets, keyOf).map(([operation, tally]) => ({
    operation,
    requests: tally.n ?? 0,
    client_errors: tally.c ?? 0,
    server_errors: tally.f ?? 0,
    p50: quantile(tally, 0.5),
    p95: quantile(tally, 0.95),
    series: times.map((at) => {
      let requests = 0;
      for (const [name, { n = 0 }] of Object.entries(buckets.get(at) ?? {}))
        if (keyOf(name) === operation) requests += n;
      return perSecond(seconds.get(at), requests);
    }),
  }));
}

export function toLoads(times: readonly number[], buckets: BucketTallies): MonitoringWire["loads"] {
  return sumByKey(buckets, (name) => name).map(([framework, tally]) => ({
    framework: framework as FrameworkName,
    downloads: tally.n ?? 0,
    p50: quantile(tally, 0.5),
    p95: quantile(tally, 0.95),
    series: times.map((at) => quantile(buckets.get(at)?.[framework] ?? {}, 0.5)),
  }));
}

function frequent(buckets: BucketTallies): Set<string> {
  const names = sumByKey(buckets, (name) => name).map(([name]) => name);
  return new Set(names.length > OPERATIONS_MAX ? names.slice(0, OPERATIONS_MAX - 1) : names);
}

/** The most frequent first, but what stands for all others last. */
function sumByKey(buckets: BucketTallies, keyOf: (name: string) => string): [string, Tally][] {
  const sums: Tallies = {};
  for (const tallies of buckets.values())
    for (const [name, tally] of Object.entries(tallies)) addTallies(sums, { [keyOf(name)]: tally });
  return Object.entries(sums).sort(
    ([a, x], [b, y]) => Number(a === OTHER) - Number(b === OTHER) || (y.n ?? 0) - (x.n ?? 0),
  );
}

function hitRate(hits: number | null | undefined, misses: number | null | undefined) {
  const all = (hits ?? 0) + (misses ?? 0);
  return all === 0 ? null : (hits ?? 0) / all;
}
