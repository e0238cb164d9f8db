import Link from "next/link";
import { useTranslations } from "next-intl";
import { Badge } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import { Table, TableBody, TableCell, TableRow, TableTitles } from "#components/ui/table.tsx";
import type { RunWire } from "#lib/mlflow-sync/schema.ts";
import { RunResult } from "../../_components/run-result.tsx";
import { reportHref } from "./report-address.ts";

/** The newest runs; each leads to its report. */
export function RunsCard(props: { id: string; runs: readonly RunWire[]; current: string | null }) {
  const t = useTranslations("mlflowSync");
  const { id, runs, current } = props;
  if (runs.length === 0)
    return (
      <Card title={t("runs")}>
        <p className="text-muted">{t("noRuns")}</p>
      </Card>
    );
  return (
    <Card title={t("runs")} bodyClassName="p-0">
      <Table aria-label={t("runs")}>
        <TableTitles titles={[t("runNumber"), t("result"), t("startedBy")]} />
        <TableBody>
          {runs.map(({ operation, dry_run }) => (
            <TableRow key={operation.id} className="[&>td]:align-top">
              <TableCell>
                <span className="flex flex-wrap items-center gap-2">
                  <Link
                    href={reportHref(id, { run: operation.id })}
                    prefetch={false}
                    aria-current={operation.id === current ? "true" : undefined}
                    className="inline-flex min-h-target items-center font-medium underline aria-[current]:no-underline"
                  >
                    {t("runOf", { run: operation.id })}
                  </Link>
                  {dry_run && <Badge tone="accent">{t("isDryRun")}</Badge>}
                </span>
              </TableCell>
              <TableCell className="max-sm:basis-full">
                <RunResult operation={operation} />
              </TableCell>
              <TableCell label={t("startedBy")}>{operation.actor}</TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Card>
  );
}
