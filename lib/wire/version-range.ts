/**
 * Versions of frameworks, and which of them somebody supports: `2.0+` and `>=2.0` from there on, `>=2.0,<3` between, `2.1` (or
 * `==2.1`) 2.1 and what follows its parts, 2.1.3. Pre-releases, builds and what follows the fourth part are not compared.
 */

/** Four parts; those that a version does not have are 0. */
export type Release = readonly number[];
/** From `from` on, up to and without `below`; null is open. */
export type VersionRange = { from: Release | null; below: Release | null };

const PARTS = 4;
/** PostgreSQL's integers hold nine digits. */
const NUMBERS = String.raw`\d{1,9}(?:\.\d{1,9}){0,3}`;
const RELEASE = new RegExp(`^[vV]?(${NUMBERS})(?![0-9])`);
const OPEN = new RegExp(`^(${NUMBERS})\\+$`);
const EXACT = new RegExp(`^(?:==)?\\s*(${NUMBERS})$`);
const BOUND = new RegExp(`^(>=|>|<=|<)\\s*(${NUMBERS})$`);

/** Null for a text that does not begin with numbers, such as `nightly`. */
export function releaseOf(version: string): Release | null {
  const numbers = RELEASE.exec(version)?.[1];
  return numbers === undefined ? null : partsOf(numbers);
}

/** Null for a text that is no range, and for one that no version is in. */
export function parseVersionRange(text: string): VersionRange | null {
  const ranges = text.split(",").map((part) => parsePart(part.trim()));
  let both: VersionRange = { from: null, below: null };
  for (const range of ranges) {
    if (range === null) return null;
    both = { from: later(both.from, range.from), below: earlier(both.below, range.below) };
  }
  const isEmpty = both.from && both.below && compareReleases(both.from, both.below) >= 0;
  return isEmpty ? null : both;
}

export function isWithin(release: Release, { from, below }: VersionRange): boolean {
  return (
    (from === null || compareReleases(release, from) >= 0) &&
    (below === null || compareReleases(release, below) < 0)
  );
}

function parsePart(text: string): VersionRange | null {
  const open = OPEN.exec(text)?.[1];
  if (open !== undefined) return { from: partsOf(open), below: null };
  const exact = EXACT.exec(text)?.[1];
  if (exact !== undefined) return { from: partsOf(exact), below: raised(exact) };
  const [, sign, numbers = ""] = BOUND.exec(text) ?? [];
  const release = partsOf(numbers);
  switch (sign) {
    case ">=":
      return { from: release, below: null };
    case ">":
      return { from: next(release), below: null };
    case "<":
      return { from: null, below: release };
    case "<=":
      return { from: null, below: next(release) };
    default:
      return null;
  }
}

function partsOf(numbers: string): Release {
  const parts = numbers.split(".").map(Number);
  return [...parts, 0, 0, 0].slice(0, PARTS);
}

/** The first release that does not begin with these numbers: 1.17 for 1.16. */
function raised(numbers: string): Release {
  const parts = numbers.split(".").map(Number);
  return [...parts.slice(0, -1), (parts.at(-1) ?? 0) + 1, 0, 0, 0].slice(0, PARTS);
}

function next(release: Release): Release {
  return [...release.slice(0, -1), (release.at(-1) ?? 0) + 1];
}

function compareReleases(a: Release, b: Release): number {
  for (let at = 0; at < PARTS; at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function later(a: Release | null, b: Release | null): Release | null {
  return a === null || (b !== null && compareReleases(b, a) > 0) ? b : a;
}

function earlier(a: Release | null, b: Release | null): Release | null {
  return a === null || (b !== null && compareReleases(b, a) < 0) ? b : a;
}
