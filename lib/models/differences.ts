import { canonicalJson } from "#lib/wire/canonical-json.ts";

/** The texts that people write about a model or a version. */
export type Texts = {
  description?: string | undefined;
  owner?: string | undefined;
  tags?: Record<string, string> | undefined;
};

/**
 * What of `wanted` differs from what is `present`, before and after; null when nothing does. What is not wanted stays as it
 * is, and so do tags that only come in another order.
 */
export function differences<T extends Texts>(
  present: { [Key in keyof T]: unknown },
  wanted: T,
): { before: Record<string, unknown>; after: Partial<T> } | null {
  const keys = (Object.keys(wanted) as (keyof T & string)[]).filter(
    (key) =>
      wanted[key] !== undefined && canonicalJson(wanted[key]) !== canonicalJson(present[key]),
  );
  if (keys.length === 0) return null;
  return {
    before: Object.fromEntries(keys.map((key) => [key, present[key]])),
    after: Object.fromEntries(keys.map((key) => [key, wanted[key]])) as Partial<T>,
  };
}
