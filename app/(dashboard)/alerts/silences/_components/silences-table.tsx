import { useTranslations } from "next-intl";
import { ConfirmButton } from "#components/accounts/confirm-button.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import { CardPager } from "#components/ui/card-pager.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import { Table, TableBody, TableCell, TableRow, TableTitles } from "#components/ui/table.tsx";
import type { SilenceWire } from "#lib/alerts/schema.ts";
import { useKindName } from "../../_components/use-kind-name.ts";

type SilencesTableProps = {
  items: readonly SilenceWire[];
  total: number;
  isManager: boolean;
  firstHref: string | null;
  nextHref: string | null;
};

export function SilencesTable(props: SilencesTableProps) {
  const t = useTranslations("alerts");
  return (
    <Card title={t("silences.heading", { count: props.total })} bodyClassName="p-0">
      <Table aria-label={t("silences.title")}>
        <TableTitles
          titles={[
            t("kind"),
            t("subject"),
            t("silences.ends"),
            t("silences.comment"),
            t("silences.by"),
          ]}
          actions={t("actions")}
        />
        <TableBody>
          {props.items.map((silence) => (
            <Row key={silence.id} silence={silence} isManager={props.isManager} />
          ))}
        </TableBody>
      </Table>
      <CardPager
        firstHref={props.firstHref}
        firstLabel={t("firstPage")}
        nextHref={props.nextHref}
      />
    </Card>
  );
}

function Row({ silence, isManager }: { silence: SilenceWire; isManager: boolean }) {
  const t = useTranslations("alerts");
  const kindName = useKindName();
  const { kind, subject, is_active } = silence;
  return (
    <TableRow className="[&>td]:align-top">
      <TableCell className="font-medium max-sm:basis-full">
        {kind === null ? t("silence.every") : kindName(kind)}
      </TableCell>
      <TableCell label={t("subject")} className="[overflow-wrap:anywhere]">
        <code className="font-mono text-[13px]">{subject}</code>
      </TableCell>
      <TableCell className="whitespace-nowrap">
        <Badge tone={is_active ? "accent" : "neutral"}>
          {t(is_active ? "silences.active" : "silences.ended")}
        </Badge>{" "}
        <span className="text-muted text-xs">
          <RelativeTime value={silence.ends_at} />
        </span>
      </TableCell>
      <TableCell className="max-w-prose whitespace-pre-wrap [overflow-wrap:anywhere] max-sm:basis-full">
        {silence.comment || "–"}
      </TableCell>
      <TableCell label={t("silences.by")} className="max-w-40 truncate" title={silence.created_by}>
        {silence.created_by}
      </TableCell>
      <TableCell className="text-right max-sm:ml-auto">
        {isManager && is_active && (
          <ConfirmButton
            label={t("silences.end")}
            ariaLabel={t("silences.endName", { subject })}
            title={t("silences.endTitle")}
            text={t("silences.endText")}
            done={t("silences.endDone")}
            path={`/silences/${silence.id}`}
          />
        )}
      </TableCell>
    </TableRow>
  );
}
