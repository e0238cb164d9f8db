import type { ModelCtx } from "#lib/models/model-context.ts";
import { listOverrides, withOverride } from "./run-override.ts";
import { keyOf } from "./run-report.ts";
import type { SyncRun } from "./sync-run.ts";
import { syncSubject } from "./sync-subject.ts";

/** Runs that are looked at for one against the same address. */
const LOOK = 20;

/** What the newest real run against the same address could not do, by what it is about. */
export async function listLastProblems(
  ctx: ModelCtx,
  { id, trackingUri }: Pick<SyncRun["sync"], "id" | "trackingUri">,
): Promise<Map<string, string>> {
  const rule = await ctx.db.mlflowSync.findUniqueOrThrow({ where: { id } });
  const runs = await ctx.db.operation.findMany({
    where: { kind: "mlflow_sync", subject: syncSubject({ id, isDryRun: false }), state: "done" },
    orderBy: { id: "desc" },
    take: LOOK,
    select: { id: true },
  });
  const overrides = await listOverrides(
    ctx,
    runs.map((run) => run.id),
  );
  const last = runs.find(
    (run) => withOverride(rule, overrides.get(run.id) ?? null).trackingUri === trackingUri,
  );
  if (last === undefined) return new Map();
  const items = await ctx.db.mlflowSyncItem.findMany({
    where: { operationId: last.id, kind: "problem" },
    select: { model: true, version: true, field: true, detail: true },
  });
  return new Map(items.map((item) => [keyOf(item), item.detail]));
}
