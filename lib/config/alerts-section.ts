/** When the conditions that the server measures by itself become alerts. */
import { z } from "zod";
import { duration, leaf, wholeNumber } from "./values.ts";

/** The keys of `alerts` with the values they have when nothing sets them. */
export const ALERT_DEFAULTS = {
  cool_down: "15m",
  model_not_found: { requests: 50, within: "5m" },
  disk_low: { free_percent: 10, full_within: "7d" },
  cache_degraded: { hit_rate_percent: 50, requests: 100, within: "15m" },
  job_stuck: { after: "1h" },
  replica_lost: { after: "30s", forget_after: "24h" },
  token_expiring: { before: "7d" },
} as const;

/** Samples are kept so long as they were measured. */
const LONGEST_WINDOW_MS = 24 * 60 * 60 * 1000;
const YEAR_MS = 366 * 24 * 60 * 60 * 1000;
const MANY = 1_000_000_000;

export type AlertsConfig = {
  /** An alert that comes back within this time is the same one, and nobody is told again. */
  readonly coolDownMs: number;
  /** So many requests for one name, or by one client, within the time. */
  readonly modelNotFound: { readonly requests: number; readonly withinMs: number };
  readonly diskLow: { readonly freePercent: number; readonly fullWithinMs: number };
  /** Among at least so many readers within the time. */
  readonly cacheDegraded: {
    readonly hitRatePercent: number;
    readonly requests: number;
    readonly withinMs: number;
  };
  readonly jobStuck: { readonly afterMs: number };
  /** A server that does not come back is not missed for ever. */
  readonly replicaLost: { readonly afterMs: number; readonly forgetAfterMs: number };
  readonly tokenExpiring: { readonly beforeMs: number };
};

export function alertsSection() {
  return z.strictObject({
    cool_down: duration(0, YEAR_MS),
    model_not_found: z.strictObject({
      requests: wholeNumber(1, MANY),
      within: duration(1000, LONGEST_WINDOW_MS),
    }),
    disk_low: z.strictObject({ free_percent: percent(), full_within: duration(0, YEAR_MS) }),
    cache_degraded: z.strictObject({
      hit_rate_percent: percent(),
      requests: wholeNumber(1, MANY),
      within: duration(1000, LONGEST_WINDOW_MS),
    }),
    job_stuck: z.strictObject({ after: duration(1000, YEAR_MS) }),
    replica_lost: z.strictObject({
      after: duration(1000, LONGEST_WINDOW_MS),
      forget_after: duration(1000, YEAR_MS),
    }),
    token_expiring: z.strictObject({ before: duration(0, YEAR_MS) }),
  });
}

export function alertsToConfig(raw: z.output<ReturnType<typeof alertsSection>>): AlertsConfig {
  return {
    coolDownMs: raw.cool_down,
    modelNotFound: { requests: raw.model_not_found.requests, withinMs: raw.model_not_found.within },
    diskLow: { freePercent: raw.disk_low.free_percent, fullWithinMs: raw.disk_low.full_within },
    cacheDegraded: {
      hitRatePercent: raw.cache_degraded.hit_rate_percent,
      requests: raw.cache_degraded.requests,
      withinMs: raw.cache_degraded.within,
    },
    jobStuck: { afterMs: raw.job_stuck.after },
    replicaLost: {
      afterMs: raw.replica_lost.after,
      forgetAfterMs: raw.replica_lost.forget_after,
    },
    tokenExpiring: { beforeMs: raw.token_expiring.before },
  };
}

function percent() {
  return leaf("must be a number from 0 to 100", (value) => {
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    return typeof number === "number" && number >= 0 && number <= 100 ? number : undefined;
  });
}
