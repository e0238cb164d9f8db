/** The wire types of `GET /monitoring`. */
import { z } from "zod";
import { ALERT_KINDS } from "#lib/alerts/kinds.ts";
import { LANE_NAMES } from "#lib/operations/lanes.ts";
import { frameworkSchema } from "#lib/wire/words.ts";

const time = z.iso.datetime({ offset: true });

export const MONITORING_RANGES = ["1h", "6h", "24h", "7d", "30d", "90d"] as const;
export type MonitoringRange = (typeof MONITORING_RANGES)[number];

/** A host, its port and the number of a process behind it: never near this. */
const SERVER_NAME_MAX_LENGTH = 300;

export const monitoringQuery = z.strictObject({
  range: z.enum(MONITORING_RANGES).default("1h"),
  /** The figures of one server; without it, of all together. */
  server: z.string().min(1).max(SERVER_NAME_MAX_LENGTH).optional(),
  /** The end of the range; without it, now. */
  until: time.optional(),
});
export type MonitoringQuery = z.output<typeof monitoringQuery>;

/**
 * A value for each of `times`; null where nothing was measured, which is not zero. Rates are per second, but downloads and
 * uploads, which are per minute; durations are seconds, sizes bytes, `cpu` the cores in use and `cache_hit_rate` a share.
 */
export const SERIES = [
  "requests",
  "client_errors",
  "server_errors",
  "duration_p50",
  "duration_p95",
  "duration_p99",
  "downloads",
  "uploads",
  "bytes_in",
  "bytes_out",
  "cache_hit_rate",
  "cpu",
  "loop_delay",
  "rss_bytes",
  "heap_bytes",
  "pool_used",
  "pool_waiting",
  "pool_size",
  "active_requests",
  "active_uploads",
  "jobs_waiting",
  "jobs_running",
  "jobs_failed",
  "oldest_job",
  "open_uploads",
  "stored_bytes",
  "disk_bytes",
  "disk_used",
] as const;
export type SeriesName = (typeof SERIES)[number];

const values = z.array(z.number().nullable());
const duration = z.number().nullable();

const operationSchema = z.object({
  operation: z.string(),
  requests: z.number(),
  client_errors: z.number(),
  server_errors: z.number(),
  p50: duration,
  p95: duration,
  /** Requests per second. */
  series: values,
});

const loadSchema = z.object({
  framework: frameworkSchema,
  downloads: z.number(),
  p50: duration,
  p95: duration,
  /** The median. */
  series: values,
});

export const monitoringServerSchema = z.object({
  name: z.string(),
  version: z.string(),
  node: z.string(),
  started_at: time,
  last_seen_at: time,
  /** left: it ended because it was told to. lost: it stopped writing samples. */
  state: z.enum(["live", "left", "lost"]),
  /** Lanes of background work, with the jobs that it ran when it was last seen; empty for one that runs none. */
  lanes: z.array(
    z.object({ lane: z.enum(LANE_NAMES), running: z.number().int(), places: z.number().int() }),
  ),
  /** Of its last sample; null without one in the last minute. */
  now: z
    .object({
      requests: z.number(),
      cpu: z.number(),
      rss_bytes: z.number(),
      loop_delay: z.number(),
      pool_used: z.number(),
      pool_waiting: z.number(),
    })
    .nullable(),
});

const markSchema = z.object({
  at: time,
  resolved_at: time.nullable(),
  kind: z.enum(ALERT_KINDS),
  subject: z.string(),
  severity: z.enum(["warning", "critical"]),
});

export const monitoringSchema = z.object({
  range: z.enum(MONITORING_RANGES),
  from: time,
  to: time,
  bucket_seconds: z.number().int(),
  server: z.string().nullable(),
  /** When the registry began to measure; null before its first sample. */
  since: time.nullable(),
  /** Starts of the buckets. */
  times: z.array(time),
  series: z.object(
    Object.fromEntries(SERIES.map((name) => [name, values])) as Record<SeriesName, typeof values>,
  ),
  /** Of the whole range. */
  totals: z.object({
    requests: z.number(),
    errors: z.number(),
    downloads: z.number(),
    uploads: z.number(),
    download_bytes: z.number(),
    upload_bytes: z.number(),
    cache_hit_rate: z.number().nullable(),
    load_p50: duration,
    load_p95: duration,
  }),
  /** Models with a version that was downloaded in the range (which begins with a whole hour), and that is on a cluster now. */
  active_models: z.object({
    downloaded: z.number().int(),
    on_cluster: z.number().int(),
  }),
  disk: z
    .object({
      total_bytes: z.number(),
      free_bytes: z.number(),
      /** Days until it is full at the rate of the last week; null where it does not fill, or too little is known. */
      full_in_days: z.number().nullable(),
    })
    .nullable(),
  /** The most frequent ones, and what all others are together as `other`. */
  operations: z.array(operationSchema),
  loads: z.array(loadSchema),
  servers: z.array(monitoringServerSchema),
  /** Alerts that were opened in the range; none for whoever may not read alerts. */
  marks: z.array(markSchema),
});
export type MonitoringWire = z.infer<typeof monitoringSchema>;
