import { useLocale, useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { CardPager } from "#components/ui/card-pager.tsx";
import { Bytes, RelativeTime } from "#components/ui/format.tsx";
import { formatInteger } from "#components/ui/format-values.ts";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeading,
  TableRow,
} from "#components/ui/table.tsx";
import { PurgeButton } from "./purge-button.tsx";
import { RestoreButton } from "./restore-button.tsx";

export type TrashRow = {
  id: string;
  name: string;
  note: string | null;
  sizeBytes: number;
  deletedAt: string;
  deletedBy: string;
  /** The end of the retention. */
  leavesAt: string;
  /** Path below /api/v1. */
  restorePath: string;
  purgePath: string;
  /** Says what deleting the item for good means. */
  purgeText: string;
  /** The item's page after it has been restored. */
  href: string;
};

type TrashSectionProps = {
  title: string;
  emptyText: string;
  total: number;
  rows: readonly TrashRow[];
  firstHref: string | null;
  nextHref: string | null;
};

/** Trashed models, or trashed versions. */
export function TrashSection(props: TrashSectionProps) {
  const t = useTranslations("trash");
  const locale = useLocale();
  return (
    <Card title={`${props.title} (${formatInteger(props.total, locale)})`} bodyClassName="p-0">
      {props.rows.length === 0 ? (
        <p className="p-4 text-muted">{props.emptyText}</p>
      ) : (
        <Table aria-label={props.title}>
          <TableHead>
            <tr>
              <TableHeading>{t("name")}</TableHeading>
              <TableHeading className="text-right">{t("size")}</TableHeading>
              <TableHeading>{t("deletedBy")}</TableHeading>
              <TableHeading>{t("deletedAt")}</TableHeading>
              <TableHeading>{t("leavesAt")}</TableHeading>
              <TableHeading>
                <span className="sr-only">{t("action")}</span>
              </TableHeading>
            </tr>
          </TableHead>
          <TableBody>
            {props.rows.map((row) => (
              <Row key={row.id} row={row} />
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

function Row({ row }: { row: TrashRow }) {
  const t = useTranslations("trash");
  return (
    <TableRow>
      <TableCell className="w-full max-w-0 min-w-48 max-sm:max-w-none max-sm:min-w-0 max-sm:basis-full">
        <p className="truncate font-medium" title={row.name}>
          {row.name}
        </p>
        {row.note && <p className="text-muted text-xs">{row.note}</p>}
      </TableCell>
      <TableCell label={t("size")} className="text-right">
        <Bytes value={row.sizeBytes} />
      </TableCell>
      <TableCell label={t("deletedBy")} className="max-w-40 truncate" title={row.deletedBy}>
        {row.deletedBy}
      </TableCell>
      <TableCell label={t("deletedAt")} className="text-muted">
        <RelativeTime value={row.deletedAt} />
      </TableCell>
      <TableCell label={t("leavesAt")} className="text-muted">
        <RelativeTime value={row.leavesAt} />
      </TableCell>
      <TableCell className="whitespace-nowrap text-right max-sm:ml-auto">
        <RestoreButton name={row.name} restorePath={row.restorePath} href={row.href} />
        <PurgeButton name={row.name} purgePath={row.purgePath} text={row.purgeText} />
      </TableCell>
    </TableRow>
  );
}
