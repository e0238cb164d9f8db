import { canonicalJson } from "#lib/wire/canonical-json.ts";
import type { ComparisonWire } from "./compare-schema.ts";
import { flattenMetadata } from "./flatten-metadata.ts";
import type { VersionWire } from "./schema.ts";

type Metadata = VersionWire["metadata"];
type Changes<V, C> = {
  added: Record<string, V>;
  removed: Record<string, V>;
  changed: Record<string, C>;
  unchanged: number;
};

export function compareMetadata(from: Metadata, to: Metadata): ComparisonWire["metadata"] {
  return compareRecords(from, to, (before, after) => ({
    from: before,
    to: after,
    difference: minus(after, before),
  }));
}

export function compareTags(
  from: VersionWire["tags"],
  to: VersionWire["tags"],
): ComparisonWire["tags"] {
  return compareRecords(from, to, (before, after) => ({ from: before, to: after }));
}

/** Values are the same when they are the same JSON, whatever the order of their keys. */
function compareRecords<V, C>(
  from: Record<string, V>,
  to: Record<string, V>,
  toChange: (from: V, to: V) => C,
): Changes<V, C> {
  const only = (of: Record<string, V>, other: Record<string, V>) =>
    Object.fromEntries(Object.entries(of).filter(([key]) => !Object.hasOwn(other, key)));
  const shared = Object.keys(to).filter((key) => Object.hasOwn(from, key));
  const changed = shared.filter((key) => canonicalJson(from[key]) !== canonicalJson(to[key]));
  return {
    added: only(to, from),
    removed: only(from, to),
    changed: Object.fromEntries(
      changed.map((key) => [key, toChange(from[key] as V, to[key] as V)]),
    ),
    unchanged: shared.length - changed.length,
  };
}

/** The numbers of both, in the order of `from`, then of `to`. */
export function compareMetrics(from: Metadata, to: Metadata): ComparisonWire["metrics"] {
  const [before, after] = [flattenMetadata(from), flattenMetadata(to)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [a, b] = [before.get(key), after.get(key)];
    if (typeof a !== "number" && typeof b !== "number") return [];
    const [number, other] = [numberOrNull(a), numberOrNull(b)];
    return [{ key, from: number, to: other, difference: minus(other, number) }];
  });
}

const numberOrNull = (value: unknown) => (typeof value === "number" ? value : null);

function minus(to: unknown, from: unknown): number | null {
  return typeof to === "number" && typeof from === "number" ? to - from : null;
}
