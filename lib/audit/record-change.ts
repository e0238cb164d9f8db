/**
 * The one way a change is written down and announced: the audit row, the messages to webhooks and the event, all in the transaction
 * of the change.
 */
import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { EVENTS_CHANNEL, encodeEvent } from "#lib/events/event-bus.ts";
import { intoOutbox } from "#lib/outbox/queue-changes.ts";
import { isTold } from "#lib/outbox/topics.ts";
import type { CHANGE_ACTIONS } from "./schema.ts";

export type ChangeAction = (typeof CHANGE_ACTIONS)[number];

export type Change = {
  action: ChangeAction;
  /** null for a change that concerns no single model. */
  model: string | null;
  version?: string;
  /** Before and after of the changed fields; JSON values only. */
  detail?: Record<string, unknown>;
  /** Of what is about no model, whatever webhooks have to be told of in its order. */
  key?: string;
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
  const { id, name, tokenId = null } = ctx.actor;
  const rows = changes.map((change, position) => {
    const { action, model, version = null, detail = {}, key = null } = change;
    return { position, action, model, version, detail, key };
  });
  const events = rows.map(({ action, model, version }) =>
    encodeEvent({ action, model, version, actor: name, at: at.toISOString() }),
  );
  const queued = rows.some(({ action }) => isTold(action))
    ? Prisma.sql`, queued as (${intoOutbox({ at, actor: name })})`
    : Prisma.empty;
  await tx.$executeRaw`
    with change as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as t(position int, action text, model text, version text, detail jsonb, key text)
    ), added as (
      insert into audit (at, actor, actor_id, token_id, action, model_name, version, detail, request_id, address)
      select ${at}, ${name}, ${id}, ${tokenId}, action, model, version, detail, ${ctx.requestId}, ${ctx.address}
      from change order by position
    ) ${queued}
    select pg_notify(${EVENTS_CHANNEL}, event) from unnest(${events}::text[]) as event`;
}
