import { assertMay } from "#lib/access/policy.ts";
import { actorOfAccount } from "#lib/accounts/actor-of-account.ts";
import type { Operation } from "#lib/db/generated/client.ts";
import { RegistryError } from "#lib/errors.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import type { Outcome, Work } from "#lib/operations/carry-out-operation.ts";
import { theirAddressPolicy } from "./check-tracking-uri.ts";
import { listLastProblems } from "./last-problems.ts";
import { type Link, listLinks } from "./links.ts";
import { fitsPattern } from "./model-pattern.ts";
import { listOurModels } from "./our-models.ts";
import { listOverrides, withOverride } from "./run-override.ts";
import { RunReport } from "./run-report.ts";
import { syncModel } from "./sync-model.ts";
import type { SyncRun } from "./sync-run.ts";
import { readSyncSubject } from "./sync-subject.ts";
import { TheirError } from "./their-error.ts";
import { type Listing, listTheirModels } from "./their-models.ts";
import { TheirServer } from "./their-server.ts";
import type { Patience } from "./within-patience.ts";

type SyncOperation = Pick<Operation, "id" | "subject" | "actorId">;

/**
 * The work of an operation: lists the other side, compares with what both agreed on last, and does what differs, model by
 * model. What is done is written down at once, so that a run that was killed goes on where it was.
 */
export async function runSync(
  ctx: ModelCtx,
  operation: SyncOperation,
  tools: Parameters<Work>[1],
  patience?: Patience,
): Promise<Outcome> {
  const run = await prepare(ctx, operation, { ...tools, ...(patience && { patience }) });
  const { report } = run;
  try {
    await report.begin();
    const listing = await listTheirModels(run.server, run.sync.models);
    for (const model of listing.unreadable)
      await report.tell({
        ...{ kind: "problem", model, field: "model", outcome: "left" },
        detail: "It lists it in a form that cannot be read.",
      });
    await syncAll(run, listing);
  } catch (error) {
    await report.saveNow();
    tools.signal.throwIfAborted();
    throw explained(error);
  }
  // Whoever pulled a model owns it.
  await ctx.accounts.forgetEverywhere();
  const progress = await report.saveNow();
  const { problems = 0, conflicts = 0 } = progress as Record<string, number>;
  const left = [
    problems > 0 ? `${problems} problems` : "",
    conflicts > 0 ? `${conflicts} conflicts` : "",
  ].filter((text) => text !== "");
  return {
    progress,
    ...(left.length > 0 ? { error: `${left.join(" and ")}: see the report.` } : {}),
  };
}

async function prepare(
  ctx: ModelCtx,
  operation: SyncOperation,
  tools: Parameters<Work>[1] & { patience?: Patience },
): Promise<SyncRun> {
  const { id, isDryRun } = readSyncSubject(operation.subject);
  const rule = await ctx.db.mlflowSync.findUnique({ where: { id } });
  if (rule === null) throw new RegistryError("sync_not_found", "The rule is gone.");
  const override = (await listOverrides(ctx, [operation.id])).get(operation.id) ?? null;
  const sync = withOverride(rule, override);
  // Whoever asks for something else than the rule says answers for it.
  const current = () => actorOfAccount(ctx, override === null ? sync.savedById : operation.actorId);
  const acting = { ...ctx, actor: await current(), currentActor: current };
  assertMay(acting, "integration.manage");
  const { signal, save, patience } = tools;
  const mayReach = theirAddressPolicy(ctx, sync.trackingUri);
  const server = new TheirServer(sync, { mayReach, signal, ...(patience && { patience }) });
  const report = new RunReport(acting, { syncId: id, operationId: operation.id }, { server, save });
  return {
    ...{ ctx: acting, sync: sync as SyncRun["sync"], server, report, isDryRun, signal },
    wouldBeMade: new Set(),
  };
}

async function syncAll(run: SyncRun, { models }: Listing): Promise<void> {
  const { ctx, sync, report } = run;
  const links = await listLinks(ctx, run);
  // Where nothing is linked no run has been yet.
  if (run.isDryRun && links.size > 0) report.expect(await listLastProblems(ctx, sync));
  const byModel = new Map<bigint, Link>([...links.values()].map((link) => [link.modelId, link]));
  // What an earlier run has linked is none of this one's business where its pattern leaves it out.
  const known = [...links.keys()].filter((name) => fitsPattern(name, sync.models));
  const rest = new Set([...models.keys(), ...known]);
  report.counts.total_models = rest.size;
  const next = async (name: string, ours: Parameters<typeof syncModel>[1]["ours"]) => {
    run.signal.throwIfAborted();
    rest.delete(name);
    const theirs = models.get(name) ?? null;
    await syncModel(run, { name, ours, theirs, link: links.get(name) ?? null });
    report.counts.models += 1;
    report.counts.total_models = report.counts.models + rest.size;
    await report.saveSometimes();
  };
  // One that was renamed here stays the one that it was there.
  for await (const ours of listOurModels(ctx, sync.models, new Set(byModel.keys()))) {
    const name = byModel.get(ours.id)?.name ?? ours.name;
    if (fitsPattern(name, sync.models)) await next(name, ours);
  }
  for (const name of [...rest].sort()) await next(name, null);
}

/** An answer that no later attempt will change ends the operation at once. */
function explained(error: unknown): unknown {
  if (!(error instanceof TheirError) || error.problem === "transport") return error;
  return new RegistryError("invalid_request", `The MLflow server: ${error.message}`, {
    cause: error,
  });
}
