import { type CacheStats, hitRate } from "../cache/cache-stats.ts";
import type { CacheWire } from "../schema.ts";

export function cacheToWire(stats: CacheStats | null): CacheWire | null {
  if (stats === null) return null;
  return {
    bytes: stats.bytes,
    limit_bytes: stats.limitBytes,
    entries: stats.entries,
    hits: stats.hits,
    misses: stats.misses,
    hit_rate: hitRate(stats),
    evictions: stats.evictions,
  };
}
