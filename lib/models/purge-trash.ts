import { millis } from "#lib/db/database-clock.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { isRegistryError } from "#lib/errors.ts";
import { queueOperationOnce } from "#lib/operations/start-operation.ts";
import type { ModelCtx } from "./model-context.ts";
import { purgeModel } from "./purge-model.ts";
import { purgeVersion } from "./purge-version.ts";

const BATCH = 100;

/**
 * Deletes models and versions for good that have been in the trash for longer than `storage.trash_retention`, each by
 * itself, by the database's clock. The bytes go with the next collection, if nothing else holds them. Repeatable.
 */
export async function purgeTrash(
  ctx: ModelCtx,
  signal: AbortSignal,
): Promise<{ models: number; versions: number }> {
  const trashedForMs = ctx.config.storage.trashRetentionMs;
  const purged = { models: 0, versions: 0 };
  for (;;) {
    const models = await ctx.db.$queryRaw<{ name: string }[]>`
      select name from model where deleted_at <= now() - ${millis(trashedForMs)} and purged_at is null
      order by deleted_at limit ${BATCH}`;
    for (const { name } of models) {
      signal.throwIfAborted();
      if (await unlessRestored(purgeModel(ctx, { name, trashedForMs }))) purged.models += 1;
    }
    if (models.length < BATCH) break;
  }
  for (;;) {
    const versions = await ctx.db.$queryRaw<{ name: string; ref: string }[]>`
      select model.name, version.version as ref
      from version join model on model.id = version.model_id
      where version.deleted_at <= now() - ${millis(trashedForMs)}
        and version.purged_at is null and model.deleted_at is null
      order by version.deleted_at limit ${BATCH}`;
    for (const version of versions) {
      signal.throwIfAborted();
      if (await unlessRestored(purgeVersion(ctx, { ...version, trashedForMs })))
        purged.versions += 1;
    }
    if (versions.length < BATCH) break;
  }
  await resumePurges(ctx);
  return purged;
}

/** One that was cancelled has left rows behind. */
async function resumePurges(ctx: ModelCtx): Promise<void> {
  await inTransaction(ctx.db, async (tx) => {
    if ((await tx.model.count({ where: { purgedAt: { not: null } } })) > 0)
      await queueOperationOnce(tx, ctx, "purge");
  });
}

/** False when somebody has restored or purged it since it was listed. */
async function unlessRestored(purging: Promise<void>): Promise<boolean> {
  try {
    await purging;
    return true;
  } catch (error) {
    if (isRegistryError(error) && /^(model|version)_not_found$/.test(error.code)) return false;
    throw error;
  }
}
