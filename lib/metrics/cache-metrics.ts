import { Counter, Gauge, type Registry } from "prom-client";
import { type CacheStats, hitRate } from "#lib/blobs/cache/cache-stats.ts";

/** Counters of the cache itself, copied at each scrape. */
const COUNTED = {
  hits: "Downloads and other readers that found their blob in the cache.",
  misses: "Downloads and other readers that did not.",
  hitBytes: "Bytes read from the cache.",
  missBytes: "Bytes read from the store by readers that the cache could have served.",
  fills: "Blobs written to the cache, one decompression each.",
  failedFills: "Blobs that could not be written to the cache.",
  evictions: "Blobs that made room for others.",
  evictedBytes: "Bytes that made room for others.",
} as const;

const GAUGED = {
  bytes: "Bytes that the cache takes.",
  limitBytes: "Bytes that the cache may take.",
  entries: "Blobs in the cache.",
} as const;

const metricName = (key: string) =>
  `model_registry_cache_${key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;

export function observeCache(registry: Registry, stats: CacheStats): void {
  for (const [key, help] of Object.entries(COUNTED)) {
    const counter = counterOf(registry, `${metricName(key)}_total`, help);
    counter.reset();
    counter.inc(stats[key as keyof typeof COUNTED]);
  }
  for (const [key, help] of Object.entries(GAUGED))
    gaugeOf(registry, metricName(key), help).set(stats[key as keyof typeof GAUGED]);
  const help = "Share of hits among hits and misses since the start.";
  gaugeOf(registry, metricName("hitRatio"), help).set(hitRate(stats) ?? 0);
}

function counterOf(registry: Registry, name: string, help: string): Counter {
  const known = registry.getSingleMetric(name);
  return known instanceof Counter ? known : new Counter({ name, help, registers: [registry] });
}

function gaugeOf(registry: Registry, name: string, help: string): Gauge {
  const known = registry.getSingleMetric(name);
  return known instanceof Gauge ? known : new Gauge({ name, help, registers: [registry] });
}
