import { useTranslations } from "next-intl";
import { Badge } from "#components/ui/badge.tsx";
import type { ContactPointWire } from "#lib/notifications/schema.ts";

/** Of which alerts it is told. */
export function ContactRouting({ point }: { point: ContactPointWire }) {
  const t = useTranslations("alerts");
  const { severities, kinds } = point;
  if (severities.length + kinds.length === 0)
    return <span className="text-muted">{t("contacts.everything")}</span>;
  return (
    <span className="flex flex-wrap gap-1">
      {severities.map((severity) => (
        <Badge key={severity} tone={severity === "critical" ? "danger" : "warn"}>
          {t(`severities.${severity}`)}
        </Badge>
      ))}
      {kinds.map((kind) => (
        <Badge key={kind}>{t(`kinds.${kind}`)}</Badge>
      ))}
    </span>
  );
}
