import { recordChange } from "#lib/audit/record-change.ts";
import { inModelTransaction } from "./in-model-transaction.ts";
import type { ModelCtx } from "./model-context.ts";
import { queueRecords } from "./queue-records.ts";
import type { ModelWire } from "./schema.ts";
import { lockLiveModel } from "./store.ts";
import { modelToWire } from "./wire.ts";

export type UpdateModelInput = {
  name: string;
  description?: string | undefined;
  owner?: string | undefined;
  tags?: Record<string, string> | undefined;
};

/** Edits the texts that people wrote about a model; its versions do not change. Throws `model_not_found`. */
export async function updateModel(ctx: ModelCtx, input: UpdateModelInput): Promise<ModelWire> {
  const { name, ...wanted } = input;
  const changes = Object.fromEntries(
    Object.entries(wanted).filter(([, value]) => value !== undefined),
  );
  const updated = await inModelTransaction(ctx, name, async (tx) => {
    const before = await lockLiveModel(tx, ctx, "model.write", name);
    const after = await tx.model.update({
      where: { id: before.id },
      data: { ...changes, updatedAt: ctx.now() },
    });
    const previous = { description: before.description, owner: before.owner, tags: before.tags };
    await recordChange(tx, ctx, {
      action: "model.updated",
      model: before.name,
      detail: {
        before: Object.fromEntries(Object.entries(previous).filter(([key]) => key in changes)),
        after: changes,
      },
    });
    await queueRecords(tx, after.id);
    return after;
  });
  ctx.counts.forget();
  return modelToWire(updated);
}
