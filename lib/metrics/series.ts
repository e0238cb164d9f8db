/** The time series of the statistics: pure arithmetic on buckets. */
import type { STATS_RANGES, StatsWire } from "./schema.ts";

export type Range = (typeof STATS_RANGES)[number];

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** 24 to 90 points: as many as a chart on a phone can show, and downloads are counted by the hour. */
export const RANGES: Record<Range, { seconds: number; bucketSeconds: number }> = {
  "24h": { seconds: DAY, bucketSeconds: HOUR },
  "7d": { seconds: 7 * DAY, bucketSeconds: 6 * HOUR },
  "30d": { seconds: 30 * DAY, bucketSeconds: DAY },
  "90d": { seconds: 90 * DAY, bucketSeconds: DAY },
};

/**
 * The range as numbers of buckets since 1970 (UTC); `last` is the one that `now` is in. It begins with the registry's
 * first activity when that is later: nothing is known of the time before, which is not zero.
 */
export function bucketsOf(
  range: Range,
  now: Date,
  firstActivity: Date | null,
): { first: number; last: number; from: Date } {
  const { seconds, bucketSeconds } = RANGES[range];
  const bucketAt = (date: Date) => Math.floor(date.getTime() / 1000 / bucketSeconds);
  const last = bucketAt(now);
  const start = last - seconds / bucketSeconds + 1;
  const known = firstActivity === null ? last + 1 : bucketAt(firstActivity);
  const first = Math.max(start, known);
  return { first, last, from: new Date(first * bucketSeconds * 1000) };
}

type Sums = {
  registrations: readonly { at: Date; registrations: bigint }[];
  downloads: readonly { at: Date; downloads: bigint; bytes: bigint }[];
};

/** Every bucket from `first` to `last`, zero where nothing happened. */
export function fillSeries(
  range: Range,
  { first, last }: { first: number; last: number },
  sums: Sums,
): StatsWire["series"] {
  const bucketMs = RANGES[range].bucketSeconds * 1000;
  const registrations = new Map(sums.registrations.map((row) => [row.at.getTime(), row]));
  const downloads = new Map(sums.downloads.map((row) => [row.at.getTime(), row]));
  const series: StatsWire["series"] = [];
  for (let at = first * bucketMs; at <= last * bucketMs; at += bucketMs) {
    series.push({
      at: new Date(at).toISOString(),
      registrations: Number(registrations.get(at)?.registrations ?? 0n),
      downloads: Number(downloads.get(at)?.downloads ?? 0n),
      downloaded_bytes: Number(downloads.get(at)?.bytes ?? 0n),
    });
  }
  return series;
}
