import { assertMayOn } from "#lib/access/policy.ts";
import { recordChange } from "#lib/audit/record-change.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { queueOperationOnce } from "#lib/operations/start-operation.ts";
import { inModelTransaction } from "./in-model-transaction.ts";
import { isInTrash } from "./is-in-trash.ts";
import type { ModelCtx } from "./model-context.ts";
import { queueRemoval } from "./queue-records.ts";
import { nameKey } from "./store.ts";

/**
 * Deletes a model of the trash for good, with all its versions. Its name is free at once; its rows are removed by an
 * operation (`remove-purged.ts`). Throws `model_not_found` when none is in the trash, or when it has not been there for
 * `trashedForMs`.
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
    await markPurged(tx, model.id, key);
    await recordChange(tx, ctx, {
      action: "model.purged",
      model: model.name,
      detail: { versions, trashed_at: model.deletedAt },
    });
    await queueRemoval(tx, model.name);
    await queueOperationOnce(tx, ctx, "purge");
  });
  // Grants on it would be on the next model of that name.
  await ctx.accounts.forgetEverywhere();
}

/** No name has a slash, so nothing is found under this key. */
async function markPurged(tx: TransactionClient, id: bigint, key: string): Promise<void> {
  await tx.model.update({
    where: { id },
    data: { purgedAt: await databaseNow(tx), nameKey: `${key}/${id}`, externalKey: null },
  });
}
