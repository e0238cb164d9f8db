import type { Model } from "#lib/db/generated/client.ts";
import { findAliases } from "./list-aliases.ts";
import type { ModelCtx } from "./model-context.ts";
import type { ModelDetailWire, ModelFacts } from "./schema.ts";
import { findStageVersions } from "./stage-versions.ts";
import { getLiveModel, getVersionRow, sumDistinctBlobs, sumVersionBytes } from "./store.ts";
import { modelToListed, versionToSummary } from "./wire.ts";

/** Throws `model_not_found`. */
export async function getModel(ctx: ModelCtx, input: { name: string }): Promise<ModelDetailWire> {
  const model = await getLiveModel(ctx, "model.read", input.name);
  const [facts, aliases] = await Promise.all([
    readFacts(ctx, model),
    findAliases(ctx.db, { modelId: model.id }),
  ]);
  return { ...facts, aliases };
}

/** The model without its aliases, of which it may have hundreds. */
export async function getModelFacts(ctx: ModelCtx, input: { name: string }): Promise<ModelFacts> {
  return readFacts(ctx, await getLiveModel(ctx, "model.read", input.name));
}

async function readFacts(ctx: ModelCtx, model: Model): Promise<ModelFacts> {
  const [latest, bytes, stageVersions] = await Promise.all([
    model.latestId === null ? null : getVersionRow(ctx.db, model.latestId),
    sumBytes(ctx, model),
    findStageVersions(ctx.db, [model]),
  ]);
  return {
    ...modelToListed(model, stageVersions.get(model.id)),
    latest: latest === null ? null : versionToSummary(model.name, latest),
    ...bytes,
  };
}

/**
 * Bytes that versions share are counted once, which takes a look at every file of them. That sum is remembered for as
 * long as the versions' own sums stay: a registration, a deletion and a compression change them.
 */
async function sumBytes(ctx: ModelCtx, model: Model) {
  const sums = await sumVersionBytes(ctx.db, model.id);
  const key = `bytes ${model.id} ${sums.versions} ${sums.logical} ${sums.stored} ${model.latestId}`;
  const stored = await ctx.counts.remember(key, () => sumDistinctBlobs(ctx.db, model.id));
  return { logical_bytes: Number(sums.logical), stored_bytes: Number(stored) };
}
