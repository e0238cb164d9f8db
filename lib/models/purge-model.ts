import { assertMayOn } from "#lib/access/policy.ts";
import { recordChange } from "#lib/audit/record-change.ts";
import { inParallel } from "#lib/in-parallel.ts";
import { manifestFolder, TRASH_FOLDER } from "#lib/storage/layout.ts";
import { inModelTransaction } from "./in-model-transaction.ts";
import { isInTrash } from "./is-in-trash.ts";
import type { ModelCtx } from "./model-context.ts";
import { nameKey } from "./store.ts";

/** Manifests that are removed at once, from a disk or a bucket. */
const LANES = 16;

/**
 * Deletes a model of the trash for good, with all its versions; its name is free again. Throws `model_not_found`
 * when none is in the trash, or when it has not been there for `trashedForMs`.
 */
export async function purgeModel(
  ctx: ModelCtx,
  input: { name: string; trashedForMs?: number },
): Promise<void> {
  const key = nameKey(input.name);
  await inModelTransaction(ctx, input.name, async (tx) => {
    await tx.$queryRaw`select id from model where name_key = ${key} for update`;
    const found = await tx.model.findUnique({ where: { nameKey: key } });
    const isIn = found !== null && (await isInTrash(tx, found.deletedAt, input.trashedForMs));
    const model = isIn ? found : null;
    assertMayOn(ctx, "model.delete", model, `${input.name} in the trash`);
    const versions = await tx.version.count({ where: { modelId: model.id } });
    await tx.model.delete({ where: { id: model.id } });
    await recordChange(tx, ctx, {
      action: "model.purged",
      model: model.name,
      detail: { versions, trashed_at: model.deletedAt },
    });
    // The documents go before the commit: a manifest that stayed behind would bring the model back at a rebuild,
    // while a row that stays is purged again.
    await removeDocuments(ctx, manifestFolder(model.name));
  });
}

async function removeDocuments(ctx: ModelCtx, folder: string): Promise<void> {
  const keys: string[] = [];
  for (const place of [folder, TRASH_FOLDER + folder])
    for await (const key of ctx.storage.list(place)) keys.push(key);
  await inParallel(LANES, keys, (key) => ctx.storage.remove(key));
}
