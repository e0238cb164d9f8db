/**
 * Remembers sums over the whole registry for a moment. At 300,000 versions they take a fraction of a
 * second, and every open dashboard asks for the same ones after every change.
 *
 * An answer is reused while nothing has changed, at most `TTL_MS`. After a change it is reused only
 * for a few times as long as it took to compute: a small registry's numbers are current at once, a
 * large one's never cost more than a part of one connection.
 */
const TTL_MS = 2_000;
const REUSE_FACTOR = 4;

type Entry<T> = {
  marker: string;
  /** null until the computation begins. */
  startedAt: number | null;
  tookMs: number | null;
  value: Promise<T>;
};

export class SumCache<T> {
  readonly #entries = new Map<string, Entry<T>>();

  /**
   * `marker` differs when something has changed. Per key one computation runs at a time; callers that ask while it
   * runs on older facts share the one that begins after it.
   */
  get(key: string, marker: string, compute: () => Promise<T>): Promise<T> {
    const known = this.#entries.get(key);
    if (known && isFresh(known, marker)) return known.value;
    const before = known ? known.value.catch(() => undefined) : Promise.resolve();
    const entry: Entry<T> = {
      marker,
      startedAt: null,
      tookMs: null,
      value: before.then(async () => {
        const startedAt = performance.now();
        entry.startedAt = startedAt;
        try {
          const value = await compute();
          entry.tookMs = performance.now() - startedAt;
          return value;
        } catch (error) {
          // An error is the answer for callers that waited, not for later ones.
          if (this.#entries.get(key) === entry) this.#entries.delete(key);
          throw error;
        }
      }),
    };
    this.#entries.set(key, entry);
    return entry.value;
  }
}

function isFresh(entry: Entry<unknown>, marker: string): boolean {
  if (entry.startedAt === null) return true;
  const ageMs = performance.now() - entry.startedAt;
  if (entry.marker === marker) return ageMs < TTL_MS;
  return entry.tookMs !== null && ageMs < Math.min(TTL_MS, entry.tookMs * REUSE_FACTOR);
}
