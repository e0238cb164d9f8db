import type { TransactionClient } from "#lib/db/transaction.ts";
import { ALERTS, type AlertKind } from "./kinds.ts";

export type NewAlert = {
  kind: AlertKind;
  /** What the alert is about; its kind says which sort of name this is. */
  subject: string;
  /** JSON values only. */
  detail: Record<string, unknown>;
};

/** Opens an alert, or notes that an open one of the same kind and subject was seen again. */
export async function raiseAlert(
  tx: TransactionClient,
  { kind, subject, detail }: NewAlert,
  at: Date,
): Promise<void> {
  await tx.$executeRaw`
    insert into alert (kind, severity, subject, detail, opened_at, last_seen_at)
    values (${kind}, ${ALERTS[kind].severity}, ${subject}, ${JSON.stringify(detail)}::jsonb, ${at}, ${at})
    on conflict (kind, subject) where resolved_at is null
    do update set last_seen_at = excluded.last_seen_at, detail = excluded.detail`;
}

/** Ends an open alert; without one it does nothing. */
export async function resolveAlert(
  tx: TransactionClient,
  kind: AlertKind,
  subject: string,
  at: Date,
): Promise<void> {
  await tx.alert.updateMany({
    where: { kind, subject, resolvedAt: null },
    data: { resolvedAt: at },
  });
}
