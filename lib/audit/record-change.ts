/** The one way a change is written down and announced: both in the transaction of the change. */
import type { Ctx } from "#lib/context.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { publishEvent } from "#lib/events/event-bus.ts";

export type ChangeAction =
  | "model.created"
  | "model.updated"
  | "model.trashed"
  | "model.restored"
  | "model.rebuilt"
  | "version.registered"
  | "version.updated"
  | "version.staged"
  | "version.trashed"
  | "version.restored"
  | "alias.moved"
  | "alias.removed"
  | "model.purged"
  | "version.purged"
  | "storage.collected"
  | "operation.cancelled"
  | "operation.retried";

export type Change = {
  action: ChangeAction;
  /** null for a change that concerns no single model. */
  model: string | null;
  version?: string;
  /** Before and after of the changed fields; JSON values only. */
  detail?: Record<string, unknown>;
};

/** Adds the audit row and notifies the listeners; both happen when, and only when, `tx` commits. */
export async function recordChange(tx: TransactionClient, ctx: Ctx, change: Change): Promise<void> {
  const at = ctx.now();
  await tx.auditEntry.create({
    data: {
      at,
      actor: ctx.actor.name,
      actorId: ctx.actor.id,
      action: change.action,
      modelName: change.model,
      version: change.version ?? null,
      detail: JSON.parse(JSON.stringify(change.detail ?? {})),
      requestId: ctx.requestId,
      address: ctx.address,
    },
  });
  await publishEvent(tx, {
    action: change.action,
    model: change.model,
    version: change.version ?? null,
    actor: ctx.actor.name,
    at: at.toISOString(),
  });
}
