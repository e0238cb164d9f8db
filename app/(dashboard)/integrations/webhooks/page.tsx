import { Webhook } from "lucide-react";
import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { Card } from "#components/ui/card.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listWebhooks } from "#lib/webhooks/list-webhooks.ts";
import { adminContext } from "../../_components/admin-context.tsx";
import { WebhookDialog } from "./_components/webhook-dialog.tsx";
import { WebhooksTable } from "./_components/webhooks-table.tsx";

export const dynamic = "force-dynamic";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("webhooks");
  return { title: t("title") };
}

/** Who is told of changes. */
export default async function WebhooksPage() {
  const [t, { ctx, closed }] = await Promise.all([
    getTranslations("webhooks"),
    adminContext("webhook.manage", { needsAccounts: false }),
  ]);
  if (ctx === null) return closed;
  const { items } = await listWebhooks(ctx);
  return (
    <>
      <LiveRefresh />
      <PageHeader title={t("title")} description={t("text")} actions={<WebhookDialog />} />
      {items.length === 0 ? (
        <Card>
          <EmptyState icon={Webhook} title={t("emptyTitle")} description={t("emptyText")} />
        </Card>
      ) : (
        <WebhooksTable items={items} />
      )}
    </>
  );
}
