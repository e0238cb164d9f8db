/** Prometheus metrics of this process; labels are bounded by the route manifest. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { CacheStats } from "#lib/blobs/cache/cache-stats.ts";
import { observeCache } from "./cache-metrics.ts";
import type { RegistryTotals } from "./get-totals.ts";

type Metrics = {
  registry: Registry;
  requests: Counter<"operation" | "status">;
  seconds: Histogram<"operation">;
  models: Gauge;
  versions: Gauge;
  storedBytes: Gauge;
  jobs: Gauge<"state">;
  alerts: Gauge<"kind">;
};

// One registry a process, also when a bundler evaluates this module twice.
const shared = globalThis as typeof globalThis & { registryMetrics?: Metrics };

function metrics(): Metrics {
  shared.registryMetrics ??= createMetrics();
  return shared.registryMetrics;
}

function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: "model_registry_" });
  const registers = [registry];
  return {
    registry,
    requests: new Counter({
      name: "model_registry_requests_total",
      help: "Requests answered, by operation and HTTP status.",
      labelNames: ["operation", "status"],
      registers,
    }),
    seconds: new Histogram({
      name: "model_registry_request_seconds",
      help: "Time until the answer begins, in seconds, by operation.",
      labelNames: ["operation"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600],
      registers,
    }),
    models: new Gauge({ name: "model_registry_models", help: "Live models.", registers }),
    versions: new Gauge({ name: "model_registry_versions", help: "Live versions.", registers }),
    storedBytes: new Gauge({
      name: "model_registry_stored_bytes",
      help: "Bytes that the blobs take.",
      registers,
    }),
    jobs: new Gauge({
      name: "model_registry_jobs",
      help: "Background jobs of all replicas, by state: waiting (due), scheduled (due later), running, failed (given up).",
      labelNames: ["state"],
      registers,
    }),
    alerts: new Gauge({
      name: "model_registry_open_alerts",
      help: "Open alerts, by kind.",
      labelNames: ["kind"],
      registers,
    }),
  };
}

export function observeRequest(operation: string, status: number, seconds: number): void {
  metrics().requests.inc({ operation, status: String(status) });
  metrics().seconds.observe({ operation }, seconds);
}

/** The text exposition format, after the totals of the registry and what the cache counted were set. */
export async function renderMetrics(
  totals: RegistryTotals,
  cache: CacheStats | null,
): Promise<{ contentType: string; text: string }> {
  const { registry, models, versions, storedBytes, jobs, alerts } = metrics();
  if (cache) observeCache(registry, cache);
  models.set(totals.models);
  versions.set(totals.versions);
  storedBytes.set(totals.storedBytes);
  for (const [state, count] of Object.entries(totals.jobs)) jobs.set({ state }, count);
  for (const [kind, count] of Object.entries(totals.alerts)) alerts.set({ kind }, count);
  return { contentType: registry.contentType, text: await registry.metrics() };
}
