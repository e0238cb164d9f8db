import { useTranslations } from "next-intl";
import type { WebhookWire } from "#lib/webhooks/schema.ts";

/** Of what it is told. */
export function WebhookFilters({ webhook }: { webhook: WebhookWire }) {
  const t = useTranslations("webhooks");
  const { models, events } = webhook;
  return (
    <div className="flex flex-col gap-0.5 [overflow-wrap:anywhere]">
      <span>{models.length === 0 ? t("allModels") : models.join(", ")}</span>
      <span className="text-muted text-xs">
        {events.length === 0 ? t("allEvents") : events.join(", ")}
      </span>
    </div>
  );
}
