import type { Webhook } from "#lib/db/generated/client.ts";
import type { OFF_REASONS, WebhookWire } from "./schema.ts";

/** `waiting`: messages that are not delivered yet. */
export function webhookToWire(row: Webhook, waiting: number): WebhookWire {
  const { disabledAt, disabledReason } = row;
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    events: row.events,
    models: row.models,
    enabled: disabledAt === null,
    off: disabledAt && {
      at: disabledAt.toISOString(),
      reason: disabledReason as (typeof OFF_REASONS)[number],
    },
    failing_since: row.failingSince?.toISOString() ?? null,
    waiting,
    created_at: row.createdAt.toISOString(),
    created_by: row.createdBy,
    saved_at: row.savedAt.toISOString(),
    saved_by: row.savedBy,
  };
}

/** What the audit log keeps: a query may hold a secret, so the URL is kept without it. */
export function webhookDetail(row: Pick<Webhook, "id" | "url" | "events" | "models">) {
  const { id, url, events, models } = row;
  return { id, url: url.replace(/\?.*$/, ""), events, models };
}
