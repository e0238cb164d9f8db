/** What the cache has done since the process started, and what it holds now. */
export type CacheStats = {
  limitBytes: number;
  /** Bytes that the cache takes, including the room of fills in progress. */
  bytes: number;
  entries: number;
  /** Readers that found the blob in the cache, or on its way into it. */
  hits: number;
  misses: number;
  /** Bytes that readers got from the cache, and from the store. */
  hitBytes: number;
  missBytes: number;
  /** Blobs written to the cache: each is one decompression. */
  fills: number;
  failedFills: number;
  evictions: number;
  evictedBytes: number;
};

export function emptyCacheStats(limitBytes: number): CacheStats {
  return {
    limitBytes,
    bytes: 0,
    entries: 0,
    hits: 0,
    misses: 0,
    hitBytes: 0,
    missBytes: 0,
    fills: 0,
    failedFills: 0,
    evictions: 0,
    evictedBytes: 0,
  };
}

/** Share of the readers that the cache served, null before the first one. */
export function hitRate({ hits, misses }: Pick<CacheStats, "hits" | "misses">): number | null {
  return hits + misses === 0 ? null : hits / (hits + misses);
}
