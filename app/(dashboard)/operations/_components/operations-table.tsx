import { useLocale, useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { CardPager } from "#components/ui/card-pager.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import { formatInteger } from "#components/ui/format-values.ts";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeading,
  TableRow,
} from "#components/ui/table.tsx";
import type { OperationWire } from "#lib/operations/schema.ts";
import { formatDuration } from "./format-duration.ts";
import { OperationActions } from "./operation-actions.tsx";
import { OperationProgress } from "./operation-progress.tsx";
import { OperationState } from "./operation-state.tsx";
import { OperationSubject } from "./operation-subject.tsx";

type OperationsTableProps = {
  items: readonly OperationWire[];
  total: number;
  /** Whether the reader may cancel and retry. */
  isManager: boolean;
  firstHref: string | null;
  nextHref: string | null;
};

export function OperationsTable(props: OperationsTableProps) {
  const t = useTranslations("operations");
  const locale = useLocale();
  return (
    <Card title={`${t("title")} (${formatInteger(props.total, locale)})`} bodyClassName="p-0">
      {props.items.length === 0 ? (
        <p className="p-4 text-muted">{t("noMatch")}</p>
      ) : (
        <Table aria-label={t("title")}>
          <TableHead>
            <tr>
              <TableHeading>{t("kind")}</TableHeading>
              <TableHeading>{t("subject")}</TableHeading>
              <TableHeading>{t("state")}</TableHeading>
              <TableHeading>{t("progressHeading")}</TableHeading>
              <TableHeading>{t("actor")}</TableHeading>
              <TableHeading>{t("started")}</TableHeading>
              <TableHeading>{t("duration")}</TableHeading>
              {props.isManager && (
                <TableHeading>
                  <span className="sr-only">{t("action")}</span>
                </TableHeading>
              )}
            </tr>
          </TableHead>
          <TableBody>
            {props.items.map((operation) => (
              <Row key={operation.id} operation={operation} isManager={props.isManager} />
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

function Row({ operation, isManager }: { operation: OperationWire; isManager: boolean }) {
  const t = useTranslations("operations");
  const locale = useLocale();
  const { started_at, finished_at, error } = operation;
  const seconds =
    started_at === null
      ? null
      : ((finished_at === null ? Date.now() : Date.parse(finished_at)) - Date.parse(started_at)) /
        1000;
  return (
    <TableRow>
      <TableCell className="min-w-32 font-medium">{t(`kinds.${operation.kind}`)}</TableCell>
      <TableCell label={t("subject")} className="min-w-32 max-sm:min-w-0">
        <OperationSubject subject={operation.subject} />
      </TableCell>
      <TableCell className="max-sm:order-first max-sm:basis-full">
        <OperationState operation={operation} />
      </TableCell>
      <TableCell className="min-w-48 max-sm:basis-full">
        <OperationProgress operation={operation} />
        {error !== null && (
          <p className="max-w-prose text-danger text-xs [overflow-wrap:anywhere]">{error}</p>
        )}
      </TableCell>
      <TableCell label={t("actor")} className="max-w-40 truncate" title={operation.actor}>
        {operation.actor}
      </TableCell>
      <TableCell label={t("started")} className="text-muted">
        {started_at === null ? "–" : <RelativeTime value={started_at} />}
      </TableCell>
      <TableCell label={t("duration")} className="whitespace-nowrap text-muted">
        {seconds === null ? "–" : formatDuration(seconds, locale)}
      </TableCell>
      {isManager && (
        <TableCell className="whitespace-nowrap text-right max-sm:ml-auto">
          <OperationActions operation={operation} />
        </TableCell>
      )}
    </TableRow>
  );
}
