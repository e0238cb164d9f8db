import { recordChange } from "#lib/audit/record-change.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import { RegistryError } from "#lib/errors.ts";
import { inModelTransaction } from "./in-model-transaction.ts";
import { isInTrash } from "./is-in-trash.ts";
import type { ModelCtx } from "./model-context.ts";
import { assertMayVacate } from "./protection/assert-may-vacate.ts";
import { queueRecords } from "./queue-records.ts";
import { lockLiveModel, versionNotFound } from "./store.ts";

/**
 * Deletes a version of the trash for good. Its row stays without files, so that neither its number nor its version
 * ever comes to mean other bytes. `ref` is the version itself. Throws `model_not_found`, `version_not_found`, also for one
 * that has not been in the trash for `trashedForMs`.
 */
export async function purgeVersion(
  ctx: ModelCtx,
  input: { name: string; ref: string; trashedForMs?: number },
): Promise<void> {
  await inModelTransaction(ctx, input.name, async (tx) => {
    const model = await lockLiveModel(tx, ctx, "model.delete", input.name);
    const row = await tx.version.findUnique({
      where: { modelId_version: { modelId: model.id, version: input.ref } },
      include: { aliases: true },
    });
    if (row === null || row.purgedAt !== null) throw versionNotFound(model.name, input.ref);
    if (!(await isInTrash(tx, row.deletedAt, input.trashedForMs)))
      throw new RegistryError("version_not_found", `${input.ref} is not in the trash.`);
    // A protection may be younger than the move to the trash.
    await assertMayVacate(tx, ctx, model, row);
    const of = { versionId: row.id };
    for (const { alias } of row.aliases)
      await tx.aliasEvent.create({
        data: {
          modelId: model.id,
          alias,
          fromVersion: row.version,
          toVersion: null,
          at: ctx.now(),
          actor: ctx.actor.name,
          actorId: ctx.actor.id,
        },
      });
    await tx.alias.deleteMany({ where: of });
    await tx.file.deleteMany({ where: of });
    await tx.tensor.deleteMany({ where: of });
    await tx.artifact.deleteMany({ where: of });
    await tx.version.update({
      where: { id: row.id },
      data: { purgedAt: await databaseNow(tx), sizeBytes: 0n, storedBytes: 0n, tensorCount: 0 },
    });
    await recordChange(tx, ctx, {
      action: "version.purged",
      model: model.name,
      version: row.version,
      detail: { aliases: row.aliases.map(({ alias }) => alias), trashed_at: row.deletedAt },
    });
    await queueRecords(tx, model, row.id);
  });
}
