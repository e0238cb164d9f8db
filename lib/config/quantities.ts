/** Units follow the SI (GB = 10^9) and IEC 80000-13 (GiB = 2^30); case does not matter. */
const SIZE_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  pb: 1e15,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
  pib: 2 ** 50,
};

const DURATION_UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const QUANTITY = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/;

/** Bytes of `"10GB"`, `"512MiB"`, `"1048576"` or `1048576`; null when it is not a size. */
export function parseSizeBytes(value: unknown): number | null {
  return parseQuantity(value, SIZE_UNITS);
}

/**
 * Milliseconds of `"30d"`, `"120s"`, `"500ms"`; null when it is not a duration. A number without a
 * unit is refused: nobody can tell seconds from milliseconds by looking at it.
 */
export function parseDurationMs(value: unknown): number | null {
  return typeof value === "string" ? parseQuantity(value, DURATION_UNITS_MS) : null;
}

function parseQuantity(value: unknown, units: Readonly<Record<string, number>>): number | null {
  if (typeof value !== "string" && typeof value !== "number") return null;
  const match = QUANTITY.exec(String(value).trim().toLowerCase());
  const unit = match?.[2];
  if (match === null || unit === undefined || !Object.hasOwn(units, unit)) return null;
  const amount = Math.round(Number(match[1]) * (units[unit] ?? Number.NaN));
  return Number.isSafeInteger(amount) ? amount : null;
}
