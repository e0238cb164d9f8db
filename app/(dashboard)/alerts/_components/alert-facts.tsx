import { useTranslations } from "next-intl";
import { FactList } from "#components/ui/fact-list.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import type { AlertWire } from "#lib/alerts/schema.ts";
import { AlertSubject } from "./alert-subject.tsx";

/** Everything that is known of it; its detail by the names that it has in the interface. */
export function AlertFacts({ alert }: { alert: AlertWire }) {
  const t = useTranslations("alerts");
  const { resolved_at, notified_at, acknowledged, detail } = alert;
  return (
    <FactList
      facts={[
        { label: t("subject"), value: <AlertSubject alert={alert} /> },
        { label: t("facts.opened"), value: <RelativeTime value={alert.opened_at} /> },
        { label: t("facts.lastSeen"), value: <RelativeTime value={alert.last_seen_at} /> },
        resolved_at === null
          ? null
          : { label: t("facts.over"), value: <RelativeTime value={resolved_at} /> },
        {
          label: t("facts.notified"),
          value: notified_at ? <RelativeTime value={notified_at} /> : t("facts.notNotified"),
        },
        acknowledged && {
          label: t("facts.acknowledged"),
          value: (
            <>
              <RelativeTime value={acknowledged.at} />{" "}
              {t("acknowledgedBy", { name: acknowledged.by })}
            </>
          ),
        },
        acknowledged?.comment
          ? {
              label: t("facts.comment"),
              value: <span className="whitespace-pre-wrap">{acknowledged.comment}</span>,
            }
          : null,
        ...Object.entries(detail).map(([name, value]) => ({
          label: name,
          value: <span className="whitespace-pre-wrap">{textOf(value)}</span>,
        })),
      ]}
    />
  );
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join("\n");
  return typeof value === "string" ? value : JSON.stringify(value);
}
