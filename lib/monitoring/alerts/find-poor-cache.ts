import { millis } from "#lib/db/database-clock.ts";
import { CLEAR_SHARE, type FindInput, type Finding } from "./finding.ts";

/** A cache that serves few of many readers is too small for what is asked for, or something empties it. */
export async function findPoorCache({ tx, config }: FindInput): Promise<Finding[]> {
  const { hitRatePercent, requests, withinMs } = config.alerts.cacheDegraded;
  const [sums] = await tx.$queryRaw<{ hits: number | null; misses: number | null }[]>`
    select sum(cache_hits) as hits, sum(cache_misses) as misses from monitoring_sample
    where tier = 0 and at > now() - ${millis(withinMs)}`;
  const hits = sums?.hits ?? 0;
  const all = hits + (sums?.misses ?? 0);
  const percent = (100 * hits) / all;
  if (all < requests || percent >= hitRatePercent * (1 + CLEAR_SHARE)) return [];
  return [
    {
      kind: "cache_degraded",
      subject: "cache",
      level: percent < hitRatePercent ? "over" : "between",
      detail: { hit_rate_percent: Math.round(percent * 10) / 10, readers: all },
    },
  ];
}
