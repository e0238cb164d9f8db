/** The frame of every change to one version: lock the model, find the version, change, audit, answer. */
import type { ModelPermission } from "#lib/access/policy.ts";
import { type ChangeAction, recordChange } from "#lib/audit/record-change.ts";
import type { Model, Version } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { inModelTransaction } from "./in-model-transaction.ts";
import type { ModelCtx } from "./model-context.ts";
import { queueRecords } from "./queue-records.ts";
import type { VersionWire } from "./schema.ts";
import { lockLiveModel, resolveRef, withFiles } from "./store.ts";
import { versionToWire } from "./wire.ts";

type Changed = { action: ChangeAction; detail?: Record<string, unknown> };

/** `change` returns the detail for the audit, or null when nothing changed. Throws the not-found errors. */
export async function changeVersion(
  ctx: ModelCtx,
  permission: ModelPermission,
  input: { name: string; ref: string },
  change: (tx: TransactionClient, model: Model, version: Version) => Promise<Changed | null>,
): Promise<VersionWire> {
  const wire = await inModelTransaction(ctx, input.name, async (tx) => {
    const model = await lockLiveModel(tx, ctx, permission, input.name);
    const id = await resolveRef(tx, model, input.ref);
    const before = await tx.version.findUniqueOrThrow({ where: { id } });
    const changed = await change(tx, model, before);
    if (changed !== null) {
      await recordChange(tx, ctx, { ...changed, model: model.name, version: before.version });
      await queueRecords(tx, model, id);
    }
    const after = await tx.version.findUniqueOrThrow({ where: { id }, include: withFiles });
    return versionToWire(model.name, after);
  });
  ctx.counts.forget();
  return wire;
}
