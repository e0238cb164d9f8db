import Link from "next/link";
import { useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { CardPager } from "#components/ui/card-pager.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeading,
  TableRow,
} from "#components/ui/table.tsx";
import type { AlertWire } from "#lib/alerts/schema.ts";
import { AcknowledgeDialog } from "./acknowledge-dialog.tsx";
import { AlertState, SeverityBadge } from "./alert-badges.tsx";
import { AlertSubject } from "./alert-subject.tsx";
import { SilenceDialog } from "./silence-dialog.tsx";
import { useKindName } from "./use-kind-name.ts";

type AlertsTableProps = {
  items: readonly AlertWire[];
  total: number;
  /** Whether the reader may acknowledge and silence. */
  isManager: boolean;
  firstHref: string | null;
  nextHref: string | null;
};

export function AlertsTable(props: AlertsTableProps) {
  const t = useTranslations("alerts");
  return (
    <Card title={t("count", { count: props.total })} bodyClassName="p-0">
      {props.items.length === 0 ? (
        <p className="p-4 text-muted">{t("noMatch")}</p>
      ) : (
        <Table aria-label={t("title")}>
          <TableHead>
            <tr>
              <TableHeading>{t("kind")}</TableHeading>
              <TableHeading>{t("subject")}</TableHeading>
              <TableHeading>{t("state")}</TableHeading>
              <TableHeading>{t("opened")}</TableHeading>
              <TableHeading>{t("lasted")}</TableHeading>
              {props.isManager && (
                <TableHeading>
                  <span className="sr-only">{t("actions")}</span>
                </TableHeading>
              )}
            </tr>
          </TableHead>
          <TableBody>
            {props.items.map((alert) => (
              <Row key={alert.id} alert={alert} isManager={props.isManager} />
            ))}
          </TableBody>
        </Table>
      )}
      <CardPager
        firstHref={props.firstHref}
        firstLabel={t("firstPage")}
        nextHref={props.nextHref}
      />
    </Card>
  );
}

function Row({ alert, isManager }: { alert: AlertWire; isManager: boolean }) {
  const t = useTranslations("alerts");
  const kindName = useKindName();
  return (
    <TableRow>
      <TableCell className="min-w-44 max-sm:basis-full">
        <span className="flex flex-wrap items-center gap-2">
          <SeverityBadge severity={alert.severity} />
          <Link
            href={`/alerts/${alert.id}`}
            prefetch={false}
            className="inline-flex min-h-target items-center font-medium hover:underline"
          >
            {kindName(alert.kind)}
          </Link>
        </span>
      </TableCell>
      <TableCell className="min-w-32 max-sm:min-w-0 max-sm:basis-full">
        <AlertSubject alert={alert} />
      </TableCell>
      <TableCell className="min-w-40 max-sm:basis-full">
        <AlertState alert={alert} />
      </TableCell>
      <TableCell label={t("opened")} className="text-muted">
        <RelativeTime value={alert.opened_at} />
      </TableCell>
      <TableCell label={t("lasted")} className="text-muted">
        {alert.resolved_at === null ? "–" : <RelativeTime value={alert.resolved_at} />}
      </TableCell>
      {isManager && (
        <TableCell className="max-sm:basis-full">
          {alert.resolved_at === null && (
            <span className="flex justify-end gap-2 max-sm:justify-start">
              <AcknowledgeDialog alert={alert} />
              <SilenceDialog alert={{ kind: alert.kind, subject: alert.subject }} />
            </span>
          )}
        </TableCell>
      )}
    </TableRow>
  );
}
