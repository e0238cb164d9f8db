import { useTranslations } from "next-intl";
import { Badge } from "#components/ui/badge.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import type { WebhookWire } from "#lib/webhooks/schema.ts";

/** Whether it is on, and whether messages arrive. */
export function WebhookState({ webhook }: { webhook: WebhookWire }) {
  const t = useTranslations("webhooks");
  const { off, failing_since, waiting } = webhook;
  return (
    <div className="flex flex-col items-start gap-1">
      {off === null ? (
        <Badge tone={failing_since === null ? "ok" : "warn"}>
          {t(failing_since === null ? "on" : "failing")}
        </Badge>
      ) : (
        <Badge tone={off.reason === "by_hand" ? "neutral" : "danger"}>{t("off")}</Badge>
      )}
      <p className="text-muted text-xs">
        {off !== null && <span>{t(`reasons.${off.reason}`)}; </span>}
        {failing_since !== null && (
          <span>
            {t.rich("failingSince", { time: () => <RelativeTime value={failing_since} /> })};{" "}
          </span>
        )}
        {t("waiting", { count: waiting })}
      </p>
    </div>
  );
}
