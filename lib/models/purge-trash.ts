import type { Ctx } from "../context.ts";
import { purgeModel } from "./purge-model.ts";
import { purgeVersion } from "./purge-version.ts";

const BATCH = 100;

/**
 * Deletes for good what has been in the trash for longer than `storage.trash_retention`, one model or version at a
 * time. The bytes go with the next collection, if nothing else holds them. Repeatable.
 */
export async function purgeTrash(
  ctx: Ctx,
  signal: AbortSignal,
): Promise<{ models: number; versions: number }> {
  const before = new Date(ctx.now().getTime() - ctx.config.storage.trashRetentionMs);
  const purged = { models: 0, versions: 0 };
  for (;;) {
    const models = await ctx.db.model.findMany({
      where: { deletedAt: { lt: before } },
      select: { name: true },
      orderBy: { deletedAt: "asc" },
      take: BATCH,
    });
    for (const { name } of models) {
      signal.throwIfAborted();
      await purgeModel(ctx, { name });
      purged.models += 1;
    }
    if (models.length < BATCH) break;
  }
  for (;;) {
    const versions = await ctx.db.version.findMany({
      where: { deletedAt: { lt: before }, purgedAt: null, model: { deletedAt: null } },
      select: { version: true, model: { select: { name: true } } },
      orderBy: { deletedAt: "asc" },
      take: BATCH,
    });
    for (const { version, model } of versions) {
      signal.throwIfAborted();
      await purgeVersion(ctx, { name: model.name, ref: version });
      purged.versions += 1;
    }
    if (versions.length < BATCH) break;
  }
  return purged;
}
