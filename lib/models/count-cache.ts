/**
 * Remembers counts for a moment. Exact totals and facets of a large registry read every matching row;
 * a list that is refreshed or paged asks for the same ones again and again.
 *
 * A count is at most `TTL_MS` old, and never older than a change that this process announced itself:
 * `forgetCounts` is called by whatever changes a model.
 */
const TTL_MS = 2_000;
/** Different filters asked within one TTL; beyond that the oldest is forgotten. */
const ENTRIES_MAX = 500;

const entries = new Map<string, { expiresAt: number; value: Promise<unknown> }>();

export async function rememberCount<T>(key: string, compute: () => Promise<T>): Promise<T> {
  const now = Date.now();
  const known = entries.get(key);
  if (known && known.expiresAt > now) return known.value as Promise<T>;
  const value = compute();
  entries.delete(key);
  entries.set(key, { expiresAt: now + TTL_MS, value });
  value.catch(() => entries.delete(key));
  const [oldest] = entries.keys();
  if (entries.size > ENTRIES_MAX && oldest !== undefined) entries.delete(oldest);
  return value;
}

export function forgetCounts(): void {
  entries.clear();
}
