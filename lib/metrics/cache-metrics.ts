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

/** Registers what `read` gives at each scrape; null where there is no cache. */
export function observeCache(registry: Registry, read: () => CacheStats | null): void {
  const registers = [registry];
  for (const key of Object.keys(COUNTED) as (keyof typeof COUNTED)[])
    new Counter({
      name: `${metricName(key)}_total`,
      help: COUNTED[key],
      registers,
      collect() {
        this.reset();
        this.inc(read()?.[key] ?? 0);
      },
    });
  for (const key of Object.keys(GAUGED) as (keyof typeof GAUGED)[])
    new Gauge({
      name: metricName(key),
      help: GAUGED[key],
      registers,
      collect() {
        this.set(read()?.[key] ?? 0);
      },
    });
  new Gauge({
    name: metricName("hitRatio"),
    help: "Share of hits among hits and misses since the start; of several processes, their mean.",
    registers,
    aggregator: "average",
    collect() {
      const stats = read();
      this.set((stats && hitRate(stats)) ?? 0);
    },
  });
}
