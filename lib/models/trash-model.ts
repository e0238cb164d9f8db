import { assertMayOn } from "#lib/access/policy.ts";
import { recordChange } from "#lib/audit/record-change.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import { followVerdicts } from "./follow-verdicts.ts";
import { inModelTransaction } from "./in-model-transaction.ts";
import type { ModelCtx } from "./model-context.ts";
import { queueRecords } from "./queue-records.ts";
import type { ModelWire } from "./schema.ts";
import { lockLiveModel, nameKey, withCounter } from "./store.ts";
import { modelToWire } from "./wire.ts";

/**
 * Moves a model with all its versions to the trash. Nothing is removed: its name, versions and numbers
 * stay reserved, so that a name never comes to mean other bytes. Throws `model_not_found`.
 */
export async function trashModel(ctx: ModelCtx, input: { name: string }): Promise<void> {
  await inModelTransaction(ctx, input.name, async (tx) => {
    const model = await lockLiveModel(tx, ctx, "model.delete", input.name);
    await tx.model.update({
      where: { id: model.id },
      data: {
        deletedAt: await databaseNow(tx),
        deletedBy: ctx.actor.name,
        deletedById: ctx.actor.id,
      },
    });
    await recordChange(tx, ctx, {
      action: "model.trashed",
      model: model.name,
      detail: { versions: model.versionCount, stages: model.stages },
    });
    await followVerdicts(tx, ctx, model);
    await queueRecords(tx, model);
  });
  ctx.counts.forget();
}

/** Takes a model out of the trash, as it was. Throws `model_not_found` when none is there. */
export async function restoreModel(ctx: ModelCtx, input: { name: string }): Promise<ModelWire> {
  const restored = await inModelTransaction(ctx, input.name, async (tx) => {
    await tx.$queryRaw`select id from model where name_key = ${nameKey(input.name)} for update`;
    const found = await tx.model.findUnique({ where: { nameKey: nameKey(input.name) } });
    const model = found?.deletedAt === null ? null : found;
    assertMayOn(ctx, "model.delete", model, `${input.name} in the trash`);
    await recordChange(tx, ctx, { action: "model.restored", model: model.name });
    const row = await tx.model.update({
      where: { id: model.id },
      data: { deletedAt: null, deletedBy: null, deletedById: null, updatedAt: ctx.now() },
      include: withCounter,
    });
    await followVerdicts(tx, ctx, row);
    await queueRecords(tx, row);
    return row;
  });
  ctx.counts.forget();
  return modelToWire(restored);
}
