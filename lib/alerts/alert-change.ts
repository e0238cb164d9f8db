import type { Alert } from "#lib/db/generated/client.ts";
import type { ToldChange } from "#lib/outbox/queue-changes.ts";

/** What happens to an alert; `seen` is told to nobody. */
export type AlertStep = "opened" | "seen" | "reopened" | "resolved" | "acknowledged";

/** What webhooks and readers of events are told of it. Its steps arrive in their order. */
export function alertChange(
  alert: Pick<Alert, "id" | "kind" | "severity" | "subject" | "modelName"> & { detail: unknown },
  step: AlertStep,
): ToldChange {
  const { id, kind, severity, subject, modelName, detail } = alert;
  return {
    action: `alert.${step}`,
    model: modelName,
    detail: { id: id.toString(), kind, severity, subject, detail },
    key: `alert:${id}`,
  };
}
