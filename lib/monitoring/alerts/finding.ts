/** How far the condition of an alert is met now. */
import type { Config } from "#lib/config/config.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";

/** Kinds whose condition is measured with every sample. */
export const MEASURED_KINDS = [
  "model_not_found",
  "disk_low",
  "disk_filling",
  "cache_degraded",
  "job_stuck",
  "replica_lost",
  "token_expiring",
] as const;
export type MeasuredKind = (typeof MEASURED_KINDS)[number];

/**
 * `over` the bound at which it begins, or `between` that one and the one at which it ends: a value that moves about one bound
 * is one alert. An alert of which nothing is found ends.
 */
export type Finding = {
  kind: MeasuredKind;
  subject: string;
  level: "over" | "between";
  detail: Record<string, string | number | null>;
};

export type FindInput = {
  tx: TransactionClient;
  config: Config;
  disk: { totalBytes: number; freeBytes: number } | null;
};

/** How far beyond the bound a value goes before its alert ends: a fifth of it. */
export const CLEAR_SHARE = 0.2;

/** Of a kind: a hundred subjects say as much as a thousand. */
export const SUBJECTS_MAX = 100;
