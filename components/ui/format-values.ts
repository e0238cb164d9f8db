/** Numbers in words, by Intl. Pure, so that charts and titles can use them outside React. */

const BINARY_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** 1536 -> "1.5 KiB" ("1,5 KiB" in Portuguese): binary units, at most three digits. */
export function formatBytes(bytes: number, locale: string): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < BINARY_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const text = new Intl.NumberFormat(locale, {
    maximumFractionDigits: unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2,
  }).format(value);
  return `${text} ${BINARY_UNITS[unit]}`;
}

/** 7241732096 -> "7,241,732,096". */
export function formatInteger(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(value);
}

/**
 * 7241732096 -> "7.24B" in English, "7,24 bi" in Portuguese; below ten thousand every digit.
 */
export function formatCount(value: number, locale: string): string {
  if (Math.abs(value) < 10_000) return formatInteger(value, locale);
  return new Intl.NumberFormat(locale, {
    notation: "compact",
    maximumSignificantDigits: 3,
  }).format(value);
}

/** The smallest share that is shown apart from nothing, and apart from the whole. */
const LEAST_SHARE = 0.001;

/** 0.1234 -> "12.3%"; a share that is nearly nothing or nearly all is shown as such: "<0.1%", ">99.9%". */
export function formatShare(share: number, locale: string): string {
  const format = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  if (share > 0 && share < LEAST_SHARE) return `<${format.format(LEAST_SHARE)}`;
  if (share < 1 && share > 1 - LEAST_SHARE) return `>${format.format(1 - LEAST_SHARE)}`;
  return format.format(share);
}

const DURATIONS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/** 0.0123 -> "12 ms", 90 -> "1.5 min": one unit, for axes and tiles. */
export function formatSeconds(seconds: number, locale: string): string {
  const [unit, length] = DURATIONS.find(([, length]) => Math.abs(seconds) >= length) ?? [
    "millisecond",
    0.001,
  ];
  const value = seconds / length;
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits: Math.abs(value) >= 10 ? 0 : 1,
  }).format(value);
}

/** A rate or an amount that may be a fraction: three digits say enough. */
export function formatAmount(value: number, locale: string): string {
  if (Math.abs(value) >= 1_000) return formatCount(Math.round(value), locale);
  return new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 }).format(value);
}

const STEPS = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

/** "5 minutes ago"; below a minute "now". Times are milliseconds since 1970. */
export function formatRelativeTime(at: number, now: number, locale: string): string {
  const seconds = (at - now) / 1000;
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return format.format(0, "second");
}

/** Date and time to the second, with the zone's name; without `timeZone` the reader's own zone. */
export function formatExactTime(at: number, locale: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, {
    dateStyle: "medium",
    timeStyle: "long",
    timeZone,
  }).format(at);
}
