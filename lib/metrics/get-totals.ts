import { countOpenAlerts } from "#lib/alerts/count-open-alerts.ts";
import type { AlertKind } from "#lib/alerts/kinds.ts";
import type { Ctx } from "#lib/context.ts";
import { countJobs, type JobCounts } from "#lib/operations/count-jobs.ts";

export type RegistryTotals = {
  models: number;
  versions: number;
  storedBytes: number;
  jobs: JobCounts;
  /** Open alerts by their kind, the kinds that have none included. */
  alerts: Record<AlertKind, number>;
};

/** The part of `GET /metrics` about the whole registry: sums over indexes, fit for a scrape every 15 s. */
export async function getTotals(ctx: Ctx): Promise<RegistryTotals> {
  const [models, versions, blobs, jobs, alerts] = await Promise.all([
    ctx.db.model.count({ where: { deletedAt: null } }),
    ctx.db.version.count({ where: { deletedAt: null, model: { deletedAt: null } } }),
    ctx.db.blob.aggregate({ _sum: { storedBytes: true } }),
    countJobs(ctx.db),
    countOpenAlerts(ctx.db),
  ]);
  return { models, versions, storedBytes: Number(blobs._sum.storedBytes ?? 0n), jobs, alerts };
}
