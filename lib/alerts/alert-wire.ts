import type { Alert } from "#lib/db/generated/client.ts";
import type { Severity } from "./kinds.ts";
import type { AlertWire } from "./schema.ts";
import { type Silence, silenceOf } from "./silences.ts";

/** `silences`: those that hold now. */
export function alertToWire(row: Alert, silences: readonly Silence[]): AlertWire {
  const { acknowledgedAt, acknowledgedBy, comment } = row;
  return {
    id: row.id.toString(),
    kind: row.kind,
    severity: row.severity as Severity,
    subject: row.subject,
    model: row.modelName,
    detail: row.detail as Record<string, unknown>,
    opened_at: row.openedAt.toISOString(),
    last_seen_at: row.lastSeenAt.toISOString(),
    resolved_at: row.resolvedAt?.toISOString() ?? null,
    reopened: row.reopened,
    notified_at: row.notifiedAt?.toISOString() ?? null,
    acknowledged: acknowledgedAt && {
      at: acknowledgedAt.toISOString(),
      by: acknowledgedBy ?? "",
      comment,
    },
    silenced_until: silenceOf(row, silences)?.endsAt.toISOString() ?? null,
  };
}
