/** Pure preparation of time series for charts. */

export type Bucket = { at: string; value: number };
export type ChartPoint = {
  /** Start of the bucket, milliseconds since 1970. */
  at: number;
  /** null where nothing was recorded, which is not zero. */
  value: number | null;
};

/**
 * The known buckets, led by as many empty ones as the range has before the first known one, so that
 * the axis always shows the whole range.
 */
export function fillRange(
  known: readonly Bucket[],
  range: { bucketCount: number; bucketSeconds: number; now: number },
): ChartPoint[] {
  const bucketMs = range.bucketSeconds * 1000;
  const points: ChartPoint[] = known.map(({ at, value }) => ({ at: Date.parse(at), value }));
  const missing = Math.max(0, range.bucketCount - points.length);
  const firstKnown = points[0]?.at ?? Math.floor(range.now / bucketMs) * bucketMs + bucketMs;
  const before = Array.from({ length: missing }, (_, index) => ({
    at: firstKnown - (missing - index) * bucketMs,
    value: null,
  }));
  return [...before, ...points];
}

const DAY_SECONDS = 86_400;

/** Days are cut in UTC, so they are named in UTC; hours are named in the reader's own zone. */
function zoneOf(bucketSeconds: number): string | undefined {
  return bucketSeconds >= DAY_SECONDS ? "UTC" : undefined;
}

/** For the axis: short. */
export function formatTick(at: number, bucketSeconds: number, locale: string): string {
  const options: Intl.DateTimeFormatOptions =
    bucketSeconds >= DAY_SECONDS
      ? { day: "numeric", month: "short" }
      : bucketSeconds > 3_600
        ? { weekday: "short", day: "numeric" }
        : { hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(locale, {
    ...options,
    timeZone: zoneOf(bucketSeconds),
  }).format(at);
}

/** For tooltip and table: which day, and which hours of it. */
export function formatBucket(at: number, bucketSeconds: number, locale: string): string {
  if (bucketSeconds >= DAY_SECONDS) {
    return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }).format(at);
  }
  return new Intl.DateTimeFormat(locale, {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  }).formatRange(at, at + bucketSeconds * 1000);
}
