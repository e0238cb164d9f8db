import type { ModelCtx } from "./model-context.ts";
import { readStoredModels, type StoredProblem } from "./read-stored-models.ts";
import { rebuildModel } from "./rebuild-model.ts";
import { withSources } from "./staged-file.ts";

export type RebuildProgress = { models: number; versions: number };
export type RebuildInput = {
  report: (problem: StoredProblem) => void;
  onProgress: (progress: RebuildProgress) => void;
};

/** The rebuild was asked for with a database that is in use. */
export class DatabaseNotEmptyError extends Error {}

/** Of the operation that a rebuild is; it is running until all models are back. */
export const REBUILD_KIND = "reindex";

/**
 * Fills an empty database from the storage alone. Not brought back, since only the database knew them:
 * download counts, the audit log, the history of aliases, idempotency keys and transfers in progress.
 * Throws DatabaseNotEmptyError when the database holds models that no interrupted run of this has made.
 */
export async function rebuildRegistry(
  ctx: ModelCtx,
  { report, onProgress }: RebuildInput,
): Promise<RebuildProgress & { problems: number }> {
  const run = await beginOrResume(ctx);
  const progress = { models: 0, versions: 0 };
  let problems = 0;
  const count = (problem: StoredProblem) => {
    problems += 1;
    report(problem);
  };
  for await (const stored of readStoredModels(ctx.storage, count)) {
    try {
      await rebuildModel(ctx, {
        stored,
        report: count,
        readFacts: (files) => withSources(ctx.blobs, files, (sources) => ctx.facts.read(sources)),
      });
      progress.models += 1;
      progress.versions += stored.versions.length;
    } catch (error) {
      count({ key: stored.name, reason: error instanceof Error ? error.message : String(error) });
    }
    onProgress(progress);
  }
  await ctx.db.operation.update({
    where: { id: run },
    data: { state: "done", finishedAt: ctx.now(), progress: { ...progress, problems } },
  });
  return { ...progress, problems };
}

async function beginOrResume(ctx: ModelCtx): Promise<bigint> {
  const open = await ctx.db.operation.findFirst({
    where: { kind: REBUILD_KIND, state: "running" },
  });
  if (open !== null) return open.id;
  if ((await ctx.db.model.findFirst({ select: { id: true } })) !== null) {
    throw new DatabaseNotEmptyError(
      "The database holds models already. A rebuild fills an empty database only: create a new one, or move the " +
        "embedded one's folder (<base_path>/postgres) away.",
    );
  }
  const row = await ctx.db.operation.create({
    data: {
      kind: REBUILD_KIND,
      state: "running",
      actor: ctx.actor.name,
      actorId: ctx.actor.id,
      createdAt: ctx.now(),
      startedAt: ctx.now(),
    },
  });
  return row.id;
}
