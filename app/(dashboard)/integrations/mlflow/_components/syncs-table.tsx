import Link from "next/link";
import { useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import { Table, TableBody, TableCell, TableRow, TableTitles } from "#components/ui/table.tsx";
import type { SyncWire } from "#lib/mlflow-sync/schema.ts";
import { RunButton } from "./run-button.tsx";
import { RunResult } from "./run-result.tsx";
import { SyncDialog } from "./sync-dialog.tsx";

export function SyncsTable({ items }: { items: readonly SyncWire[] }) {
  const t = useTranslations("mlflowSync");
  return (
    <Card title={t("heading", { count: items.length })} bodyClassName="p-0">
      <Table aria-label={t("title")}>
        <TableTitles
          titles={[t("server"), t("models"), t("lastRun"), t("nextRun")]}
          actions={t("actions")}
        />
        <TableBody>
          {items.map((sync) => (
            <Row key={sync.id} sync={sync} />
          ))}
        </TableBody>
      </Table>
    </Card>
  );
}

function Row({ sync }: { sync: SyncWire }) {
  const t = useTranslations("mlflowSync");
  return (
    <TableRow className="[&>td]:align-top">
      <TableCell className="min-w-48 max-sm:min-w-0 max-sm:basis-full">
        <Link
          href={`/integrations/mlflow/${sync.id}`}
          prefetch={false}
          className="font-medium [overflow-wrap:anywhere] hover:underline"
        >
          {sync.name}
        </Link>
        <p className="text-muted text-xs [overflow-wrap:anywhere]">{sync.tracking_uri}</p>
      </TableCell>
      <TableCell className="min-w-36 max-sm:min-w-0 max-sm:basis-full">
        <code className="font-mono text-[13px] [overflow-wrap:anywhere]">{sync.models}</code>
        <p className="text-muted text-xs">{t(`directions.${sync.direction}`)}</p>
      </TableCell>
      <TableCell className="min-w-48 max-sm:basis-full">
        {sync.last_run === null ? (
          <span className="text-muted">{t("neverRun")}</span>
        ) : (
          <RunResult operation={sync.last_run} />
        )}
      </TableCell>
      <TableCell label={t("nextRun")}>
        {sync.next_at === null ? (
          <span className="text-muted">{t("byHand")}</span>
        ) : (
          <RelativeTime value={sync.next_at} />
        )}
      </TableCell>
      <TableCell className="max-sm:basis-full">
        <span className="flex justify-end gap-2 max-sm:justify-start">
          <RunButton sync={sync} />
          <SyncDialog sync={sync} />
        </span>
      </TableCell>
    </TableRow>
  );
}
