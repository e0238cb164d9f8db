import { useTranslations } from "next-intl";
import { Badge } from "#components/ui/badge.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import type { AlertWire } from "#lib/alerts/schema.ts";

export function SeverityBadge({ severity }: { severity: AlertWire["severity"] }) {
  const t = useTranslations("alerts");
  return (
    <Badge tone={severity === "critical" ? "danger" : "warn"}>{t(`severities.${severity}`)}</Badge>
  );
}

/** Whether it is there, and whether somebody looks after it. */
export function AlertState({ alert }: { alert: AlertWire }) {
  const t = useTranslations("alerts");
  const { resolved_at, acknowledged, silenced_until, reopened } = alert;
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
      <Badge tone={resolved_at === null ? "accent" : "ok"}>
        {t(resolved_at === null ? "badge.open" : "badge.over")}
      </Badge>
      {acknowledged && (
        <span className="inline-flex items-center gap-1 text-muted text-xs">
          <Badge>{t("badge.acknowledged")}</Badge>
          {t("acknowledgedBy", { name: acknowledged.by })}
        </span>
      )}
      {silenced_until && (
        <span className="inline-flex items-center gap-1 text-muted text-xs">
          <Badge>{t("badge.silenced")}</Badge>
          <span>
            {t.rich("silencedUntil", { time: () => <RelativeTime value={silenced_until} /> })}
          </span>
        </span>
      )}
      {reopened > 0 && (
        <span className="text-muted text-xs">{t("reopened", { count: reopened })}</span>
      )}
    </div>
  );
}
