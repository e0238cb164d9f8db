import { assertMay, assertMayOn, type ModelPermission } from "#lib/access/policy.ts";
import { recordChange } from "#lib/audit/record-change.ts";
import type { Model, Prisma } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { differences, type Texts } from "./differences.ts";
import { editTags, type TagEdits } from "./edit-tags.ts";
import { inModelTransaction } from "./in-model-transaction.ts";
import { keepNamePrivate } from "./lock-or-create-model.ts";
import type { ModelCtx } from "./model-context.ts";
import { queueRecords } from "./queue-records.ts";
import type { ModelWire } from "./schema.ts";
import { lockLiveModel, withCounter } from "./store.ts";
import { modelToWire } from "./wire.ts";

type Changes = Texts & {
  visibility?: ModelWire["visibility"] | undefined;
  quota_bytes?: number | null | undefined;
};
export type UpdateModelInput = Changes & TagEdits & { name: string };

/** What each field takes. */
const PERMISSION_OF: Record<Exclude<keyof Changes, "quota_bytes">, ModelPermission> = {
  description: "model.write",
  tags: "model.write",
  owner: "model.share",
  visibility: "model.share",
};

/**
 * Edits the texts that people wrote about a model, who sees it and how much it may hold; its versions do not change. Nothing
 * happens where nothing differs. Throws `model_not_found`, `forbidden`.
 */
export async function updateModel(ctx: ModelCtx, input: UpdateModelInput): Promise<ModelWire> {
  const { name, setTags, ...given } = input;
  const updated = await inModelTransaction(ctx, name, async (tx) => {
    const model = await lockLiveModel(tx, ctx, "model.read", name);
    const wanted = { ...given, ...editTags(model.tags, setTags) };
    for (const [field, value] of Object.entries(wanted) as [keyof Changes, unknown][])
      if (value === undefined) continue;
      else if (field === "quota_bytes") assertMay(ctx, "account.manage");
      else assertMayOn(ctx, PERMISSION_OF[field], model, name);
    const changes = differences<Changes>(fieldsOf(model), wanted);
    if (changes === null)
      return tx.model.findUniqueOrThrow({ where: { id: model.id }, include: withCounter });
    const after = await tx.model.update({
      where: { id: model.id },
      data: { ...toColumns(changes.after), updatedAt: ctx.now() },
      include: withCounter,
    });
    const { visibility } = changes.after;
    await setPrivateName(tx, after, visibility);
    await recordChange(tx, ctx, {
      action: visibility === undefined ? "model.updated" : "model.shared",
      model: model.name,
      detail: changes,
    });
    await queueRecords(tx, after);
    return after;
  });
  ctx.counts.forget();
  return modelToWire(updated);
}

function toColumns({ quota_bytes, ...texts }: Changes): Prisma.ModelUpdateInput {
  if (quota_bytes === undefined) return texts as Prisma.ModelUpdateInput;
  return {
    ...(texts as Prisma.ModelUpdateInput),
    quotaBytes: quota_bytes === null ? null : BigInt(quota_bytes),
  };
}

function fieldsOf(model: Model): Record<keyof Changes, unknown> {
  const { description, owner, tags, visibility, quotaBytes } = model;
  return {
    description,
    owner,
    tags,
    visibility,
    quota_bytes: quotaBytes === null ? null : Number(quotaBytes),
  };
}

async function setPrivateName(
  tx: TransactionClient,
  { name, nameKey }: Model,
  visibility: Changes["visibility"],
): Promise<void> {
  if (visibility === "private") await keepNamePrivate(tx, name);
  if (visibility === "public") await tx.privateName.deleteMany({ where: { nameKey } });
}
