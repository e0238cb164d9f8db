/**
 * The figures of a sample, each a column of the table `monitoring_sample`, and how several in a row become one: what is counted
 * adds up, of what is held the most is kept, so that a peak of one sample is not lost in a quarter of a year.
 */
type Merge = "sum" | "max";

/** Of one server. */
export const SERVER_COLUMNS = {
  /** How long the sample was measured for. */
  seconds: "sum",
  requests: "sum",
  client_errors: "sum",
  server_errors: "sum",
  downloads: "sum",
  download_bytes: "sum",
  uploads: "sum",
  upload_bytes: "sum",
  bytes_in: "sum",
  bytes_out: "sum",
  cache_hits: "sum",
  cache_misses: "sum",
  cpu_seconds: "sum",
  /** Seconds by which 1 % of the timers were late, or more. */
  loop_delay: "max",
  rss_bytes: "max",
  heap_bytes: "max",
  pool_used: "max",
  pool_waiting: "max",
  pool_size: "max",
  active_requests: "max",
  active_uploads: "max",
} as const satisfies Record<string, Merge>;

/** Of all servers together, in the row of the server without a name. */
export const REGISTRY_COLUMNS = {
  jobs_waiting: "max",
  jobs_running: "max",
  jobs_failed: "max",
  /** Seconds since the job that has waited longest was due. */
  oldest_job: "max",
  open_uploads: "max",
  stored_bytes: "max",
  disk_bytes: "max",
  disk_used: "max",
} as const satisfies Record<string, Merge>;

export type ServerFigures = Record<keyof typeof SERVER_COLUMNS, number>;
/** null: the store cannot tell. */
export type RegistryFigures = Record<keyof typeof REGISTRY_COLUMNS, number | null>;

export const SERVER_KEYS = Object.keys(SERVER_COLUMNS) as (keyof ServerFigures)[];
export const REGISTRY_KEYS = Object.keys(REGISTRY_COLUMNS) as (keyof RegistryFigures)[];
