import Link from "next/link";
import { useTranslations } from "next-intl";
import { versionHref } from "#components/api/paths.ts";
import { AliasBadges } from "#components/models/alias-badges.tsx";
import { Card } from "#components/ui/card.tsx";
import { CardPager } from "#components/ui/card-pager.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import { Table, TableBody, TableCell, TableRow, TableTitles } from "#components/ui/table.tsx";
import { StageBadge } from "#components/versions/stage-badge.tsx";
import { VerdictBadge } from "#components/versions/verdict-badge.tsx";
import type { VersionFindingsWire } from "#lib/models/findings-schema.ts";

/** Of each version; its page has all. */
const SHOWN_FINDINGS = 3;

type FindingsTableProps = {
  items: readonly VersionFindingsWire[];
  total: number;
  firstHref: string | null;
  nextHref: string | null;
};

export function FindingsTable(props: FindingsTableProps) {
  const t = useTranslations("findings");
  return (
    <Card title={t("count", { count: props.total })} bodyClassName="p-0">
      {props.items.length === 0 ? (
        <p className="p-4 text-muted">{t("noMatch")}</p>
      ) : (
        <Table aria-label={t("title")}>
          <TableTitles
            titles={[t("version"), t("verdict"), t("found"), t("scanned"), t("registered")]}
          />
          <TableBody>
            {props.items.map((item) => (
              <Row key={`${item.model} ${item.version}`} item={item} />
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

function Row({ item }: { item: VersionFindingsWire }) {
  const t = useTranslations("findings");
  return (
    <TableRow className="align-top">
      <TableCell className="w-64 min-w-44 align-top max-sm:w-full max-sm:min-w-0 max-sm:basis-full">
        <Link
          href={versionHref(item.model, item.version)}
          prefetch={false}
          className="inline-block min-h-target py-0.5 font-medium [overflow-wrap:anywhere] hover:underline"
        >
          {item.model} <span className="font-normal text-muted">{item.version}</span>
        </Link>
        {(item.stage !== "none" || item.aliases.length > 0) && (
          <span className="mt-1 flex min-w-0 flex-wrap gap-1">
            {item.stage !== "none" && <StageBadge stage={item.stage} />}
            <AliasBadges aliases={item.aliases} />
          </span>
        )}
      </TableCell>
      <TableCell className="align-top max-sm:basis-full">
        <VerdictBadge verdict={item.verdict} />
      </TableCell>
      <TableCell className="min-w-72 align-top max-sm:min-w-0 max-sm:basis-full">
        <Found item={item} />
      </TableCell>
      <TableCell label={t("scanned")} className="whitespace-nowrap align-top text-muted">
        {item.scanned_at === null ? t("never") : <RelativeTime value={item.scanned_at} />}
      </TableCell>
      <TableCell label={t("registered")} className="max-w-48 align-top text-muted">
        <RelativeTime value={item.created_at} />
        <span className="block truncate max-sm:inline sm:text-xs" title={item.created_by}>
          <span aria-hidden className="sm:hidden">
            {" · "}
          </span>
          {item.created_by}
        </span>
      </TableCell>
    </TableRow>
  );
}

function Found({ item }: { item: VersionFindingsWire }) {
  const t = useTranslations("findings");
  const shown = item.findings.slice(0, SHOWN_FINDINGS);
  const more = item.finding_count - shown.length;
  if (shown.length === 0) return <span className="text-muted">{t("nothing")}</span>;
  return (
    <>
      <ul className="flex flex-col gap-1.5 [overflow-wrap:anywhere]">
        {shown.map((finding) => (
          <li key={`${finding.code} ${finding.file} ${finding.detail}`}>
            <p>{finding.detail}</p>
            <p className="font-mono text-muted text-xs">{finding.file}</p>
          </li>
        ))}
      </ul>
      {more > 0 && <p className="mt-1 text-muted text-xs">{t("more", { count: more })}</p>}
    </>
  );
}
