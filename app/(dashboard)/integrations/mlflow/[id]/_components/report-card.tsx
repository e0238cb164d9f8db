import { useTranslations } from "next-intl";
import { Badge } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import { CardPager } from "#components/ui/card-pager.tsx";
import { TabLinks } from "#components/ui/tab-links.tsx";
import { ITEM_KINDS, type ItemKind, type ReportWire } from "#lib/mlflow-sync/schema.ts";
import { RunResult } from "../../_components/run-result.tsx";
import { ItemsTable } from "./items-table.tsx";
import { OverrideText } from "./override-text.tsx";
import { reportHref } from "./report-address.ts";

/** What one run found changed on both sides, could not do, and did. */
export function ReportCard(props: { id: string; report: ReportWire; kind: ItemKind }) {
  const t = useTranslations("mlflowSync");
  const { id, report, kind } = props;
  const { operation, items, next_cursor } = report;
  const run = operation.id;
  return (
    <Card
      title={
        <span className="flex flex-wrap items-center gap-2">
          {t("report", { run })}
          {report.dry_run && <Badge tone="accent">{t("isDryRun")}</Badge>}
        </span>
      }
      bodyClassName="p-0"
    >
      <div className="flex flex-col gap-3 px-4 pt-3">
        <RunResult operation={operation} />
        <OverrideText override={report.override} />
        <TabLinks
          label={t("kindsLabel")}
          current={kind}
          tabs={ITEM_KINDS.map((value) => ({
            value,
            label: t(`kinds.${value}`),
            href: reportHref(id, { run, kind: value }),
            count: operation.progress[`${value}s`] ?? 0,
          }))}
        />
      </div>
      {items.length === 0 ? (
        <p className="px-4 pb-4 text-muted">{t(`none.${kind}`)}</p>
      ) : (
        <ItemsTable items={items} kind={kind} />
      )}
      <CardPager
        firstHref={null}
        firstLabel={t("first")}
        nextHref={next_cursor && reportHref(id, { run, kind, cursor: next_cursor })}
      />
    </Card>
  );
}
