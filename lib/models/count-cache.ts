/**
 * Remembers counts until something changes. An exact total of a large registry reads every matching row, and a list that
 * is refreshed or paged asks for the same one again and again.
 *
 * A count is never older than a change that this process made: use cases call `forget`. Changes of other replicas are
 * announced by the event bus (compose.ts); `TTL_MS` bounds what a lost announcement can do.
 */
const TTL_MS = 60_000;
/** Different filters between two changes; beyond that the oldest is forgotten. */
const ENTRIES_MAX = 1_000;

type Entry = { expiresAt: number; value: Promise<unknown>; settled: unknown };

export class CountCache {
  readonly #entries = new Map<string, Entry>();

  /** The count if it is known already; undefined when it has to be counted. */
  peek<T>(key: string): T | undefined {
    const entry = this.#live(key);
    return entry?.settled as T | undefined;
  }

  async remember<T>(key: string, compute: () => Promise<T>): Promise<T> {
    const known = this.#live(key);
    if (known) return known.value as Promise<T>;
    const value = compute();
    const entry: Entry = { expiresAt: performance.now() + TTL_MS, value, settled: undefined };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    value.then(
      (counted) => {
        entry.settled = counted;
      },
      () => {
        // Another attempt may have replaced the entry meanwhile.
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    );
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > ENTRIES_MAX && oldest !== undefined) this.#entries.delete(oldest);
    return value;
  }

  forget(): void {
    this.#entries.clear();
  }

  #live(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry && entry.expiresAt > performance.now() ? entry : undefined;
  }
}
