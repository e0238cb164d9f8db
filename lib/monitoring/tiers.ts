/** How densely samples are kept, and for how long. */

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 24 * HOUR;

/**
 * Tier 0 is what was measured (`monitoring.sample_interval`), the others are rolled up from the one before. The hours say
 * nothing that the five minutes do not: they make three months as quick to read as an hour.
 */
export const TIERS = [
  { stepSeconds: null, keptSeconds: DAY },
  { stepSeconds: 5 * MINUTE, keptSeconds: 90 * DAY },
  { stepSeconds: HOUR, keptSeconds: 90 * DAY },
] as const;

export type Tier = 0 | 1 | 2;

/**
 * A range is drawn by about as many points as a chart has pixels for, each of at least two samples, so that one that came
 * late is no gap.
 */
export const MONITORING_PLANS = {
  "1h": { seconds: HOUR, bucketSeconds: 30, tier: 0 },
  "6h": { seconds: 6 * HOUR, bucketSeconds: MINUTE, tier: 0 },
  "24h": { seconds: DAY, bucketSeconds: 10 * MINUTE, tier: 1 },
  "7d": { seconds: 7 * DAY, bucketSeconds: 30 * MINUTE, tier: 1 },
  "30d": { seconds: 30 * DAY, bucketSeconds: 2 * HOUR, tier: 2 },
  "90d": { seconds: 90 * DAY, bucketSeconds: 6 * HOUR, tier: 2 },
} as const satisfies Record<string, { seconds: number; bucketSeconds: number; tier: Tier }>;

export type Plan = (typeof MONITORING_PLANS)[keyof typeof MONITORING_PLANS];
