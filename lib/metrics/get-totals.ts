import { countOpenAlerts } from "#lib/alerts/count-open-alerts.ts";
import type { AlertKind } from "#lib/alerts/kinds.ts";
import type { Ctx } from "#lib/context.ts";
import { countJobs, type JobCounts } from "#lib/operations/count-jobs.ts";
import { inTime } from "./in-time.ts";

/** Far less than the ten seconds that Prometheus waits for a scrape. */
const TOTALS_TIMEOUT_MS = 3_000;

export type RegistryTotals = {
  /** null where the database does not answer. */
  rows: RowTotals | null;
  /** Of the volume; null where the store cannot tell. */
  disk: { totalBytes: number; freeBytes: number } | null;
};

export type RowTotals = {
  models: number;
  versions: number;
  storedBytes: number;
  queue: JobCounts;
  openUploads: number;
  /** Open alerts by their kind, the kinds that have none included. */
  alerts: Record<AlertKind, number>;
};

/**
 * The part of `GET /metrics` about the whole registry: sums over indexes, fit for a scrape every 15 s. Never throws, and ends in
 * time: whoever watches the registry wants the other figures most when these are not to be had.
 */
export async function getTotals(ctx: Ctx): Promise<RegistryTotals> {
  const [rows, disk] = await Promise.all([
    orNull(ctx, "metrics_rows", sumRows(ctx)),
    orNull(ctx, "metrics_disk", ctx.storage.capacity()),
  ]);
  return { rows, disk };
}

async function sumRows(ctx: Ctx): Promise<RowTotals> {
  const [models, versions, blobs, queue, alerts, openUploads] = await Promise.all([
    ctx.db.model.count({ where: { deletedAt: null } }),
    ctx.db.version.count({ where: { deletedAt: null, model: { deletedAt: null } } }),
    ctx.db.blob.aggregate({ _sum: { storedBytes: true } }),
    countJobs(ctx.db),
    countOpenAlerts(ctx.db),
    ctx.db.upload.count({ where: { state: "open" } }),
  ]);
  const storedBytes = Number(blobs._sum.storedBytes ?? 0n);
  return { models, versions, storedBytes, queue, alerts, openUploads };
}

async function orNull<T>({ log }: Ctx, operation: string, work: Promise<T>): Promise<T | null> {
  try {
    return await inTime(work, TOTALS_TIMEOUT_MS);
  } catch (error) {
    log.warn({ operation, error }, "failed, and is left out");
    return null;
  }
}
