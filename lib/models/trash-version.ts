import { recordChange } from "#lib/audit/record-change.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import { RegistryError } from "#lib/errors.ts";
import { changeVersion } from "./change-version.ts";
import { followVerdicts } from "./follow-verdicts.ts";
import { inModelTransaction } from "./in-model-transaction.ts";
import type { ModelCtx } from "./model-context.ts";
import { assertMayVacate } from "./protection/assert-may-vacate.ts";
import { queueRecords } from "./queue-records.ts";
import type { VersionWire } from "./schema.ts";
import { lockLiveModel, refreshModelFacts, versionNotFound, withFiles } from "./store.ts";
import { versionToWire } from "./wire.ts";

type VersionInput = { name: string; ref: string };

/** Moves a version to the trash. Its number and version stay reserved; its aliases stop resolving. Throws `move_protected`. */
export async function trashVersion(ctx: ModelCtx, input: VersionInput): Promise<void> {
  await changeVersion(ctx, "model.delete", input, async (tx, model, before) => {
    await assertMayVacate(tx, ctx, model, before);
    await tx.version.update({
      where: { id: before.id },
      data: {
        deletedAt: await databaseNow(tx),
        deletedBy: ctx.actor.name,
        deletedById: ctx.actor.id,
      },
    });
    await refreshModelFacts(tx, model.id, ctx.now());
    await followVerdicts(tx, ctx, model);
    return { action: "version.trashed", detail: { stage: before.stage } };
  });
}

/** Takes a version out of the trash with its stage and aliases. `ref` is the version itself. */
export async function restoreVersion(ctx: ModelCtx, input: VersionInput): Promise<VersionWire> {
  const wire = await inModelTransaction(ctx, input.name, async (tx) => {
    const model = await lockLiveModel(tx, ctx, "model.delete", input.name);
    const row = await tx.version.findUnique({
      where: { modelId_version: { modelId: model.id, version: input.ref } },
    });
    if (row === null || row.purgedAt !== null) throw versionNotFound(model.name, input.ref);
    if (row.deletedAt === null) {
      throw new RegistryError("version_not_found", `${input.ref} is not in the trash.`);
    }
    const restored = await tx.version.update({
      where: { id: row.id },
      data: { deletedAt: null, deletedBy: null, deletedById: null, updatedAt: ctx.now() },
      include: withFiles,
    });
    await refreshModelFacts(tx, model.id, ctx.now());
    await recordChange(tx, ctx, {
      action: "version.restored",
      model: model.name,
      version: row.version,
    });
    await followVerdicts(tx, ctx, model);
    await queueRecords(tx, model, row.id);
    return versionToWire(model.name, restored);
  });
  ctx.counts.forget();
  return wire;
}
