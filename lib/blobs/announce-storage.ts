import type { Ctx } from "#lib/context.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { publishEvent } from "#lib/events/event-bus.ts";

export type StorageEvent = "storage.blob.damaged" | "storage.blob.healed";

/** Makes pages that show the storage look again when `tx` commits. */
export function announceStorage(
  tx: TransactionClient,
  ctx: Ctx,
  action: StorageEvent,
): Promise<void> {
  const at = ctx.now().toISOString();
  return publishEvent(tx, { action, model: null, version: null, actor: ctx.actor.name, at });
}
