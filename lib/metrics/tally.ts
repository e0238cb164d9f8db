/**
 * How often something happened, how it ended and how long it took: counts by key, such as the operation. Kept sparse, so that
 * it is small in a row of the database, and added up by SQL whatever its keys are.
 */

/** Upper ends of the buckets, seconds; what took longer is in one more bucket. */
export const BOUNDS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800,
] as const;

/**
 * `n`: how often, `c`: of these refused for the client's fault, `f`: failed by ours, `s`: seconds in all; `0`, `1` ...: how
 * many fell into that bucket. What is zero is left out.
 */
export type Tally = Record<string, number>;
export type Tallies = Record<string, Tally>;

/** Keys come from fixed sets; the cap holds should one of them ever not. */
const KEYS_MAX = 400;

export function count(
  tallies: Tallies,
  key: string,
  seconds: number,
  outcome: "ok" | "c" | "f",
): void {
  const known = Object.hasOwn(tallies, key);
  if (!known && Object.keys(tallies).length >= KEYS_MAX) return;
  if (!known) tallies[key] = {};
  const tally = tallies[key] as Tally;
  add(tally, "n", 1);
  add(tally, "s", seconds);
  if (outcome !== "ok") add(tally, outcome, 1);
  const bucket = BOUNDS.findIndex((bound) => seconds <= bound);
  add(tally, String(bucket === -1 ? BOUNDS.length : bucket), 1);
}

export function addTally(into: Tally, other: Tally): void {
  for (const [key, value] of Object.entries(other)) add(into, key, value);
}

export function addTallies(into: Tallies, other: Tallies): void {
  for (const [key, tally] of Object.entries(other)) {
    if (!Object.hasOwn(into, key)) into[key] = {};
    addTally(into[key] as Tally, tally);
  }
}

/**
 * The duration below which the share `q` of them lies, seconds, as histograms tell it: as if those of a bucket lay evenly in
 * it. null without any.
 */
export function quantile(tally: Tally, q: number): number | null {
  const total = tally.n ?? 0;
  if (total === 0) return null;
  const wanted = q * total;
  let below = 0;
  for (const [bucket, upper] of BOUNDS.entries()) {
    const inside = tally[bucket] ?? 0;
    if (inside > 0 && below + inside >= wanted) {
      const lower = BOUNDS[bucket - 1] ?? 0;
      return lower + ((upper - lower) * (wanted - below)) / inside;
    }
    below += inside;
  }
  return BOUNDS.at(-1) ?? null;
}

function add(tally: Tally, key: string, value: number): void {
  tally[key] = (tally[key] ?? 0) + value;
}
