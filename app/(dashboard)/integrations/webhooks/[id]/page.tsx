import { ArrowLeft } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import {
  type DeliveriesParams,
  parseDeliveriesAddress,
} from "#components/deliveries/deliveries-address.ts";
import { DeliveriesTable } from "#components/deliveries/deliveries-table.tsx";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { Card } from "#components/ui/card.tsx";
import { FactList } from "#components/ui/fact-list.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import type { Ctx } from "#lib/context.ts";
import { isRegistryError } from "#lib/errors.ts";
import { getWebhook } from "#lib/webhooks/list-webhooks.ts";
import { webhookParams } from "#lib/webhooks/schema.ts";
import { listWebhookDeliveries } from "#lib/webhooks/webhook-deliveries.ts";
import { adminContext } from "../../../_components/admin-context.tsx";
import { WebhookFilters } from "../_components/webhook-filters.tsx";
import { WebhookState } from "../_components/webhook-state.tsx";
import { WebhookActions } from "./_components/webhook-actions.tsx";

export const dynamic = "force-dynamic";

const PAGE_SIZE = 50;
const ALL = "/integrations/webhooks";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("webhooks");
  return { title: t("title") };
}

/** One webhook: of what it is told, how it stands, what was sent and what was answered. */
export default async function WebhookPage(props: {
  params: Promise<{ id: string }>;
  searchParams: Promise<DeliveriesParams>;
}) {
  const [{ id }, params] = await Promise.all([props.params, props.searchParams]);
  const [t, { ctx, closed }] = await Promise.all([
    getTranslations("webhooks"),
    adminContext("webhook.manage", { needsAccounts: false }),
  ]);
  if (ctx === null) return closed;
  const webhook = await readWebhook(ctx, id);
  const address = parseDeliveriesAddress(params);
  const log = await readLog(ctx, id, address);
  return (
    <>
      <LiveRefresh />
      <Link
        href={ALL}
        className="mb-2 inline-flex min-h-target items-center gap-1 text-muted hover:text-ink"
      >
        <ArrowLeft aria-hidden className="size-4" />
        {t("back")}
      </Link>
      <PageHeader
        title={webhook.url}
        description={webhook.description}
        actions={<WebhookActions webhook={webhook} />}
      />
      <div className="flex flex-col gap-4">
        <Card title={t("facts")}>
          <FactList
            facts={[
              { label: t("state"), value: <WebhookState webhook={webhook} /> },
              { label: t("models"), value: <WebhookFilters webhook={webhook} /> },
              {
                label: t("saved_by"),
                value: (
                  <>
                    {webhook.saved_by}, <RelativeTime value={webhook.saved_at} />
                    <p className="text-muted text-xs">{t("savedHint")}</p>
                  </>
                ),
              },
            ]}
          />
        </Card>
        <DeliveriesTable
          items={log.items}
          total={log.total}
          href={`${ALL}/${id}`}
          api={`/webhooks/${id}`}
          state={address.state}
          cursor={address.cursor}
          nextCursor={log.next_cursor}
        />
      </div>
    </>
  );
}

/** One that is gone, maybe a moment ago, leads to the list. */
async function readWebhook(ctx: Ctx, id: string) {
  const known = webhookParams.safeParse({ id });
  if (!known.success) redirect(ALL);
  try {
    return await getWebhook(ctx, known.data);
  } catch (error) {
    if (!isRegistryError(error) || error.code !== "webhook_not_found") throw error;
    return redirect(ALL);
  }
}

/** An old cursor leads to the first page. */
async function readLog(
  ctx: Ctx,
  id: string,
  { state, cursor }: ReturnType<typeof parseDeliveriesAddress>,
) {
  const input = { id, limit: PAGE_SIZE, ...(state ? { state } : {}) };
  try {
    return await listWebhookDeliveries(ctx, { ...input, cursor });
  } catch (error) {
    if (!isRegistryError(error) || error.code !== "invalid_cursor") throw error;
    return listWebhookDeliveries(ctx, input);
  }
}
