import { useLocale, useTranslations } from "next-intl";
import { Badge, type Tone } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import { formatBytes, formatInteger } from "#components/ui/format-values.ts";
import { Pagination } from "#components/ui/pagination.tsx";
import { Table, TableBody, TableCell, TableRow, TableTitles } from "#components/ui/table.tsx";
import type { WorkerState } from "#lib/cluster/agent-schema.ts";
import type { LoadDetailWire } from "#lib/cluster/schema.ts";
import { loadHref } from "../../../_components/cluster-address.ts";
import { LoadError } from "../../../_components/load-error.tsx";

const ROWS_PER_PAGE = 50;

const TONES: Record<WorkerState, Tone> = {
  waiting: "neutral",
  downloading: "accent",
  transferring: "accent",
  mapping: "accent",
  ready: "ok",
  failed: "danger",
  removed: "ok",
};

/** Those that failed first, since they are looked for; then those that are still at it. */
const ORDER: readonly WorkerState[] = [
  "failed",
  "downloading",
  "transferring",
  "mapping",
  "waiting",
  "ready",
  "removed",
];

/** How far a load is on each worker. */
export function ProgressTable({ load, page }: { load: LoadDetailWire; page: number }) {
  const t = useTranslations("cluster.load");
  const states = useTranslations("cluster.workerState");
  const locale = useLocale();
  const rows = [...load.progress].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  const last = Math.max(1, Math.ceil(rows.length / ROWS_PER_PAGE));
  const here = Math.min(Math.max(1, Math.trunc(page)), last);
  const href = (number: number) => `${loadHref(load.id)}?page=${number}`;
  const shown = rows.slice((here - 1) * ROWS_PER_PAGE, here * ROWS_PER_PAGE);
  if (rows.length === 0) return null;
  return (
    <Card title={`${t("progress")} (${formatInteger(rows.length, locale)})`} bodyClassName="p-0">
      <Table aria-label={t("progress")}>
        <TableTitles titles={[t("worker"), t("host"), t("state"), t("bytes")]} />
        <TableBody>
          {shown.map((row) => (
            <TableRow key={row.worker}>
              <TableCell className="max-sm:basis-full [overflow-wrap:anywhere]">
                {row.worker}
              </TableCell>
              <TableCell label={t("host")}>{row.host}</TableCell>
              <TableCell className="max-sm:basis-full">
                <Badge tone={TONES[row.state]}>{states(row.state)}</Badge>
                <LoadError error={row.error} />
              </TableCell>
              <TableCell label={t("bytes")} className="whitespace-nowrap">
                {row.bytes_total > 0
                  ? `${formatBytes(row.bytes_done, locale)} / ${formatBytes(row.bytes_total, locale)}`
                  : "–"}
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
      {last > 1 && (
        <div className="border-line border-t px-4">
          <Pagination
            previousHref={here > 1 ? href(here - 1) : null}
            nextHref={here < last ? href(here + 1) : null}
            summary={t("page", {
              page: formatInteger(here, locale),
              pages: formatInteger(last, locale),
            })}
          />
        </div>
      )}
    </Card>
  );
}
