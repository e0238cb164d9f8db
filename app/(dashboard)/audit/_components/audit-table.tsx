import Link from "next/link";
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
import type { AuditEntryWire } from "#lib/audit/schema.ts";
import { labelOf } from "./action-labels.ts";
import { EntryDetail } from "./entry-detail.tsx";

type AuditTableProps = {
  items: readonly AuditEntryWire[];
  total: number;
  firstHref: string | null;
  nextHref: string | null;
};

export function AuditTable(props: AuditTableProps) {
  const t = useTranslations("audit");
  const locale = useLocale();
  return (
    <Card
      title={t("entriesTitle", { count: formatInteger(props.total, locale) })}
      bodyClassName="p-0"
    >
      {props.items.length === 0 ? (
        <p className="p-4 text-muted">{t("noMatch")}</p>
      ) : (
        <Table aria-label={t("title")} className="table-fixed max-sm:table-auto">
          <TableHead>
            <tr>
              <TableHeading className="w-32">{t("at")}</TableHeading>
              <TableHeading className="w-40">{t("actor")}</TableHeading>
              <TableHeading className="w-52">{t("action")}</TableHeading>
              <TableHeading className="w-56">{t("about")}</TableHeading>
              <TableHeading>{t("change")}</TableHeading>
            </tr>
          </TableHead>
          <TableBody>
            {props.items.map((entry) => (
              <Row key={entry.id} entry={entry} />
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

function Row({ entry }: { entry: AuditEntryWire }) {
  const t = useTranslations("audit");
  const label = labelOf(entry.action);
  return (
    <TableRow className="[&>td]:align-top">
      <TableCell className="text-muted max-sm:order-2">
        <RelativeTime value={entry.at} />
      </TableCell>
      <TableCell label={t("actor")} className="max-sm:order-3 max-sm:basis-full">
        <p className="truncate max-sm:inline" title={entry.actor}>
          {entry.actor}
        </p>
        {entry.address !== null && (
          <p className="truncate text-muted text-xs" title={entry.address}>
            {entry.address}
          </p>
        )}
      </TableCell>
      <TableCell className="max-sm:order-1 max-sm:basis-full">
        <p className="font-medium">{label ? t(`actions.${label}`) : entry.action}</p>
        <p className="truncate font-mono text-muted text-xs">{entry.action}</p>
      </TableCell>
      <TableCell className="max-sm:order-4 max-sm:basis-full">
        <Subject model={entry.model} version={entry.version} />
      </TableCell>
      <TableCell className="max-sm:order-5 max-sm:basis-full">
        <EntryDetail entry={entry} />
      </TableCell>
    </TableRow>
  );
}

/** What it is about, as a link; the page there says when it is gone. */
function Subject({ model, version }: { model: string | null; version: string | null }) {
  if (model === null) return <span className="text-muted max-sm:hidden">–</span>;
  const href = `/models/${encodeURIComponent(model)}`;
  const name = version === null ? model : `${model} ${version}`;
  return (
    <Link
      href={version === null ? href : `${href}/versions/${encodeURIComponent(version)}`}
      prefetch={false}
      title={name}
      className="line-clamp-2 underline [overflow-wrap:anywhere]"
    >
      {name}
    </Link>
  );
}
