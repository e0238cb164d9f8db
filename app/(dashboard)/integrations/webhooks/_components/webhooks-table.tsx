import Link from "next/link";
import { useTranslations } from "next-intl";
import { TestButton } from "#components/deliveries/test-button.tsx";
import { Card } from "#components/ui/card.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import { Table, TableBody, TableCell, TableRow, TableTitles } from "#components/ui/table.tsx";
import type { WebhookWire } from "#lib/webhooks/schema.ts";
import { WebhookDialog } from "./webhook-dialog.tsx";
import { WebhookFilters } from "./webhook-filters.tsx";
import { WebhookState } from "./webhook-state.tsx";

export function WebhooksTable({ items }: { items: readonly WebhookWire[] }) {
  const t = useTranslations("webhooks");
  return (
    <Card title={t("heading", { count: items.length })} bodyClassName="p-0">
      <Table aria-label={t("title")}>
        <TableTitles
          titles={[t("url"), t("models"), t("state"), t("saved_by")]}
          actions={t("actions")}
        />
        <TableBody>
          {items.map((webhook) => (
            <Row key={webhook.id} webhook={webhook} />
          ))}
        </TableBody>
      </Table>
    </Card>
  );
}

function Row({ webhook }: { webhook: WebhookWire }) {
  const t = useTranslations("webhooks");
  return (
    <TableRow className="[&>td]:align-top">
      <TableCell className="min-w-56 max-sm:min-w-0 max-sm:basis-full">
        <Link
          href={`/integrations/webhooks/${webhook.id}`}
          prefetch={false}
          className="font-medium [overflow-wrap:anywhere] hover:underline"
        >
          {webhook.url}
        </Link>
        {webhook.description && (
          <p className="text-muted text-xs [overflow-wrap:anywhere]">{webhook.description}</p>
        )}
      </TableCell>
      <TableCell className="min-w-40 max-sm:min-w-0 max-sm:basis-full">
        <WebhookFilters webhook={webhook} />
      </TableCell>
      <TableCell className="min-w-40 max-sm:basis-full">
        <WebhookState webhook={webhook} />
      </TableCell>
      <TableCell label={t("saved_by")} className="min-w-28">
        <span className="[overflow-wrap:anywhere]">{webhook.saved_by}</span>
        <p className="text-muted text-xs max-sm:inline">
          {" "}
          <RelativeTime value={webhook.saved_at} />
        </p>
      </TableCell>
      <TableCell className="max-sm:basis-full">
        <span className="flex justify-end gap-2 max-sm:justify-start">
          <TestButton path={`/webhooks/${webhook.id}/test`} name={webhook.url} />
          <WebhookDialog webhook={webhook} />
        </span>
      </TableCell>
    </TableRow>
  );
}
