import type { TransactionClient } from "#lib/db/transaction.ts";
import { publishEvent } from "#lib/events/event-bus.ts";
import { queueChanges } from "#lib/outbox/queue-changes.ts";
import { type AlertStep, alertChange } from "./alert-change.ts";
import { ALERTS, type AlertKind } from "./kinds.ts";

export type NewAlert = {
  kind: AlertKind;
  /** What the alert is about; its kind says which sort of name this is. */
  subject: string;
  /**
   * The model that it is about, if it is about one: whoever may not see that model is not told of the alert. A subject
   * `model:<name>` says it as well.
   */
  model?: string | null;
  /** JSON values only. */
  detail: Record<string, unknown>;
};

/**
 * Opens an alert, or notes that an open one of the same kind and subject was seen again. One that has ended a moment ago, and is
 * not settled yet (lib/notifications/follow-alerts.ts), goes on: a value that flaps is told of once.
 */
export async function raiseAlert(
  tx: TransactionClient,
  { kind, subject, model = modelIn(subject), detail }: NewAlert,
  at: Date,
): Promise<void> {
  const { severity } = ALERTS[kind];
  const found = JSON.stringify(detail);
  const [row] = await tx.$queryRaw<{ id: bigint; step: AlertStep }[]>`
    with before as (
      select id, resolved_at from alert where kind = ${kind} and subject = ${subject} and settled_at is null
      order by id desc limit 1 for update
    ), again as (
      update alert set last_seen_at = ${at}, detail = ${found}::jsonb, resolved_at = null,
        reopened = alert.reopened + (before.resolved_at is not null)::int
      from before where alert.id = before.id
      returning alert.id, case when before.resolved_at is null then 'seen' else 'reopened' end as step
    ), added as (
      insert into alert (kind, severity, subject, model_name, detail, opened_at, last_seen_at)
      select ${kind}, ${severity}, ${subject}, ${model}, ${found}::jsonb, ${at}, ${at}
      where not exists (select 1 from again)
      on conflict (kind, subject) where resolved_at is null
      do update set last_seen_at = excluded.last_seen_at, detail = excluded.detail
      returning id, case when xmax = 0 then 'opened' else 'seen' end as step
    )
    select id, step from again union all select id, step from added`;
  if (row === undefined || row.step === "seen") return;
  const alert = { id: row.id, kind, severity, subject, modelName: model, detail };
  const change = alertChange(alert, row.step);
  if (row.step === "opened") await queueChanges(tx, { at, actor: "system" }, [change]);
  await announceAlert(tx, change, at);
}

/** Ends an open alert; without one it does nothing. */
export async function resolveAlert(
  tx: TransactionClient,
  kind: AlertKind,
  subject: string,
  at: Date,
): Promise<void> {
  await resolve(tx, { kind, subject }, at);
}

/** Ends all open alerts of a kind: what is over is so wherever it was seen. */
export async function resolveAlertsOf(
  tx: TransactionClient,
  kind: AlertKind,
  at: Date,
): Promise<void> {
  await resolve(tx, { kind }, at);
}

async function resolve(
  tx: TransactionClient,
  which: { kind: AlertKind; subject?: string },
  at: Date,
): Promise<void> {
  const rows = await tx.alert.updateManyAndReturn({
    where: { ...which, resolvedAt: null },
    data: { resolvedAt: at },
  });
  for (const row of rows) await announceAlert(tx, alertChange(row, "resolved"), at);
}

function modelIn(subject: string): string | null {
  return subject.startsWith("model:") ? subject.slice("model:".length) : null;
}

/** Pages that show alerts look again. */
async function announceAlert(
  tx: TransactionClient,
  { action, model }: { action: string; model: string | null },
  at: Date,
): Promise<void> {
  await publishEvent(tx, { action, model, version: null, actor: "system", at: at.toISOString() });
}
