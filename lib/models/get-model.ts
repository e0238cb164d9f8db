import { assertMayOn } from "#lib/access/policy.ts";
import type { Model } from "#lib/db/generated/client.ts";
import { findModel } from "./hot-statements.ts";
import type { ModelCtx } from "./model-context.ts";
import type { ModelDetailWire, ModelFacts } from "./schema.ts";
import { findStageVersions } from "./stage-versions.ts";
import {
  getLiveModel,
  getVersionRow,
  nameKey,
  sumDistinctBlobs,
  sumVersionBytes,
} from "./store.ts";
import { modelToListed, versionToSummary } from "./wire.ts";

/** Throws `model_not_found`. */
export async function getModel(ctx: ModelCtx, input: { name: string }): Promise<ModelDetailWire> {
  const found = await findModel(ctx.db, nameKey(input.name));
  assertMayOn(ctx, "model.read", found, input.name);
  return { ...found.body, ...(await sumBytes(ctx, found)) };
}

/** The model without its aliases, of which it may have hundreds. */
export async function getModelFacts(ctx: ModelCtx, input: { name: string }): Promise<ModelFacts> {
  return readFacts(ctx, await getLiveModel(ctx, "model.read", input.name));
}

/** What clients of MLflow call the model; null where it is the same name. Throws `model_not_found`. */
export async function getExternalName(
  ctx: ModelCtx,
  input: { name: string },
): Promise<string | null> {
  return (await getLiveModel(ctx, "model.read", input.name)).externalName;
}

async function readFacts(ctx: ModelCtx, model: Model): Promise<ModelFacts> {
  const [latest, sums, stageVersions, counter] = await Promise.all([
    model.latestId === null ? null : getVersionRow(ctx.db, model.latestId),
    sumVersionBytes(ctx.db, model.id),
    findStageVersions(ctx.db, [model]),
    ctx.db.modelCounter.findUnique({ where: { modelId: model.id } }),
  ]);
  return {
    ...modelToListed({ ...model, counter }, stageVersions.get(model.id)),
    latest: latest === null ? null : versionToSummary(model.name, latest),
    ...(await sumBytes(ctx, { ...sums, id: model.id, latest_id: model.latestId })),
  };
}

/** As the database counts them, in whatever type they come. */
type Sums = Record<"id" | "versions" | "logical" | "stored", bigint | string> & {
  latest_id: bigint | string | null;
};

/**
 * Bytes that versions share are counted once, which takes a look at every file of them. That sum is remembered for as
 * long as the versions' own sums stay: a registration, a deletion and a compression change them.
 */
async function sumBytes(ctx: ModelCtx, { id, versions, logical, stored, latest_id }: Sums) {
  const key = `bytes ${id} ${versions} ${logical} ${stored} ${latest_id}`;
  const distinct = await ctx.counts.remember(key, () => sumDistinctBlobs(ctx.db, BigInt(id)));
  return { logical_bytes: Number(logical), stored_bytes: Number(distinct) };
}
