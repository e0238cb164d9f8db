import { assertMayOn } from "#lib/access/policy.ts";
import { recordChange } from "#lib/audit/record-change.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import type { Model, Version } from "#lib/db/generated/client.ts";
import { inTransaction, type TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import { getLiveModel, nameKey, resolveRef } from "#lib/models/store.ts";
import { normalAddress } from "#lib/wire/scheduler-address.ts";
import { withoutAgent } from "./no-agent.ts";
import type { LoadAction, LoadDetailWire, LoadMode } from "./schema.ts";
import { announceLoad, loadToWire, withOperation } from "./store.ts";

export type RequestLoadInput = {
  name: string;
  version: string;
  scheduler_address?: string | undefined;
  workers?: string[] | undefined;
  mode?: LoadMode | undefined;
};

/**
 * Asks for a version to be put on the workers of a cluster, or with `unload` to be taken from them. An agent carries it
 * out. Throws `version_quarantined` for a load of a version that is not clean, and the not-found errors.
 */
export async function requestLoad(
  ctx: ModelCtx,
  action: LoadAction,
  input: RequestLoadInput,
): Promise<LoadDetailWire> {
  const row = await inTransaction(ctx.db, async (tx) => {
    const { model, version } =
      action === "load" ? await findLoadable(ctx, tx, input) : await findAny(ctx, tx, input);
    const operation = await tx.operation.create({
      data: {
        kind: action,
        subject: `model:${model.name}`,
        actor: ctx.actor.name,
        actorId: ctx.actor.id,
        createdAt: await databaseNow(tx),
      },
    });
    const schedulerAddress =
      input.scheduler_address === undefined ? null : normalAddress(input.scheduler_address);
    const created = await tx.clusterLoad.create({
      data: {
        operationId: operation.id,
        modelName: model.name,
        version: version.version,
        digest: version.digest,
        sizeBytes: version.sizeBytes,
        mode: input.mode ?? "memory",
        schedulerAddress,
        workers: input.workers ?? [],
      },
      ...withOperation,
    });
    await recordChange(tx, ctx, {
      action: `${action}.requested`,
      model: model.name,
      version: version.version,
      detail: {
        load: operation.id.toString(),
        scheduler: schedulerAddress,
        ...(input.workers ? { workers: input.workers.length } : {}),
        ...(action === "load" ? { mode: created.mode } : {}),
      },
    });
    await announceLoad(tx, ctx, created);
    return created;
  });
  const [wire = loadToWire(row)] = await withoutAgent(ctx.db, [loadToWire(row)]);
  return { ...wire, progress: [] };
}

type Found = { model: Model; version: Version };

async function findLoadable(
  ctx: ModelCtx,
  tx: TransactionClient,
  { name, version: ref }: RequestLoadInput,
): Promise<Found> {
  const model = await getLiveModel(ctx, "load.write", name, tx);
  const id = await resolveRef(tx, model, ref);
  const version = await tx.version.findUniqueOrThrow({ where: { id } });
  if (version.verdict === "clean") return { model, version };
  const code = "version_quarantined";
  ctx.refused?.({ permission: "load.write", code, model: model.name, version: version.version });
  throw new RegistryError(
    code,
    `The scan's verdict for ${model.name} ${version.version} is ${version.verdict}: only a clean version gets onto a cluster.`,
  );
}

/** A version may still be on the cluster when it, or its model, is in the trash. */
async function findAny(
  ctx: ModelCtx,
  tx: TransactionClient,
  { name, version: ref }: RequestLoadInput,
): Promise<Found> {
  const model = await tx.model.findUnique({ where: { nameKey: nameKey(name) } });
  assertMayOn(ctx, "load.write", model, name);
  const trashed = await tx.version.findUnique({
    where: { modelId_version: { modelId: model.id, version: ref } },
  });
  if (trashed !== null) return { model, version: trashed };
  const id = await resolveRef(tx, model, ref);
  return { model, version: await tx.version.findUniqueOrThrow({ where: { id } }) };
}
