import { assertMayOn } from "#lib/access/policy.ts";
import { recordChange } from "#lib/audit/record-change.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import { RegistryError } from "#lib/errors.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import { nameKey } from "#lib/models/store.ts";
import { getLoad } from "./get-load.ts";
import type { LoadDetailWire } from "./schema.ts";
import { changeLoad, loadToWire } from "./store.ts";

/**
 * Ends a load that waits at once, and asks for the end of one that runs: its agent hears of it with its next word.
 * Asking twice changes nothing. Throws `load_not_found`, `forbidden`, `operation_not_cancellable`.
 */
export async function cancelLoad(ctx: ModelCtx, { id }: { id: string }): Promise<LoadDetailWire> {
  await changeLoad(ctx, BigInt(id), async (row, tx) => {
    const { action, model: name, version, state } = loadToWire(row);
    const model = await tx.model.findUnique({ where: { nameKey: nameKey(name) } });
    // A load outlives its model; whoever may see it may then end it with the role alone.
    assertMayOn(ctx, "load.write", model ?? { name, visibility: "public" }, name);
    if (state !== "queued" && state !== "running")
      throw new RegistryError("operation_not_cancellable", `The ${action} has ${state} already.`);
    if (row.operation.cancelRequestedAt !== null) return null;
    await recordChange(tx, ctx, {
      action: "load.cancelled",
      model: name,
      version,
      detail: { load: id, action, state },
    });
    const now = await databaseNow(tx);
    if (state === "running") return { operation: { cancelRequestedAt: now } };
    return {
      operation: { state: "cancelled", cancelRequestedAt: now, finishedAt: now },
      load: { errorCode: null },
    };
  });
  return getLoad(ctx, { id });
}
