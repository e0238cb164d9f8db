import { TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { Badge } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import type { BackupsWire } from "#lib/backup/schema.ts";

/** Where the backups are and when the next ones come; and what is wrong with that. */
export function BackupFacts({ backups }: { backups: BackupsWire }) {
  const t = useTranslations("backups");
  const time = (at: string | null) => (at === null ? t("never") : <RelativeTime value={at} />);
  return (
    <Card>
      <dl className="grid gap-4 sm:grid-cols-[2fr_1fr_1fr]">
        <Fact label={t("place")}>
          <span className="font-mono text-[13px] [overflow-wrap:anywhere]">{backups.target}</span>{" "}
          <Badge tone={backups.encrypted ? "ok" : "neutral"}>
            {backups.encrypted ? t("encrypted") : t("plain")}
          </Badge>
        </Fact>
        <Fact label={t("next")}>{time(backups.next_at)}</Fact>
        <Fact label={t("nextDrill")}>{time(backups.next_drill_at)}</Fact>
      </dl>
      {backups.beside_models && (
        <p className="mt-4 flex max-w-prose gap-2 text-warn">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {t("besideModels")}
        </p>
      )}
    </Card>
  );
}

function Fact(props: { label: string; children: React.ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted text-xs">{props.label}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
