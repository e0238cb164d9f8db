import { assertMay } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import { millis } from "#lib/db/database-clock.ts";
import type { ClusterState, ClusterWire } from "./clusters-schema.ts";
import { AGENT_SILENT_AFTER_MS } from "./reports.ts";
import type { StoredSummary } from "./summarize.ts";
import { visibleNames } from "./visible-names.ts";

type Row = {
  address: string;
  agent: ClusterWire["agent"];
  scheduler: ClusterWire["scheduler"];
  summary: StoredSummary;
  reported_at: Date;
  is_silent: boolean;
};

/** The clusters that agents have told of, by address. */
export async function listClusters(ctx: Ctx): Promise<{ items: ClusterWire[] }> {
  assertMay(ctx, "cluster.read");
  const rows = await ctx.db.$queryRaw<Row[]>`
    select address, agent, scheduler, summary, reported_at,
      reported_at <= clock_timestamp() - ${millis(AGENT_SILENT_AFTER_MS)} as is_silent
    from cluster_report order by address`;
  const named = rows.flatMap(({ summary }) => summary.models.map(({ model }) => model));
  const isVisible = await visibleNames(ctx, named);
  return {
    items: rows.map(({ summary: { models, ...summary }, ...row }) => ({
      address: row.address,
      state: stateOf(row),
      reported_at: row.reported_at.toISOString(),
      agent: row.agent,
      scheduler: row.scheduler,
      summary,
      models: models.filter(({ model }) => isVisible(model)),
    })),
  };
}

function stateOf({ is_silent, scheduler }: Pick<Row, "is_silent" | "scheduler">): ClusterState {
  if (is_silent) return "agent_lost";
  return scheduler.status === "lost" ? "scheduler_lost" : "connected";
}

/** The addresses of their schedulers. */
export async function listAddresses(ctx: Ctx): Promise<string[]> {
  assertMay(ctx, "cluster.read");
  const rows = await ctx.db.clusterReport.findMany({
    select: { address: true },
    orderBy: { address: "asc" },
  });
  return rows.map(({ address }) => address);
}

/** How many versions are ready on at least one worker of a cluster that is there. */
export async function countActiveModels(ctx: Ctx): Promise<number> {
  const { items } = await listClusters(ctx);
  const there = items.filter(({ state }) => state === "connected").flatMap(({ models }) => models);
  return new Set(there.map(({ model, version }) => `${model} ${version}`)).size;
}
