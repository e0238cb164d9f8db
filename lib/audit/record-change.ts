/** The one way a change is written down and announced: both in the transaction of the change. */
import type { Ctx } from "#lib/context.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { EVENTS_CHANNEL, encodeEvent } from "#lib/events/event-bus.ts";

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
export function recordChange(tx: TransactionClient, ctx: Ctx, change: Change): Promise<void> {
  return recordChanges(tx, ctx, [change]);
}

/** The same for several changes, in their order, by one statement. */
export async function recordChanges(
  tx: TransactionClient,
  ctx: Ctx,
  changes: readonly Change[],
): Promise<void> {
  const at = ctx.now();
  const { id, name } = ctx.actor;
  const rows = changes.map(({ action, model, version = null, detail = {} }) => {
    return { action, model, version, detail };
  });
  const events = rows.map(({ action, model, version }) =>
    encodeEvent({ action, model, version, actor: name, at: at.toISOString() }),
  );
  await tx.$executeRaw`
    with added as (
      insert into audit (at, actor, actor_id, action, model_name, version, detail, request_id, address)
      select ${at}, ${name}, ${id}, action, model, version, detail, ${ctx.requestId}, ${ctx.address}
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as t(action text, model text, version text, detail jsonb)
    )
    select pg_notify(${EVENTS_CHANNEL}, event) from unnest(${events}::text[]) as event`;
}
