import { ArrowLeftRight } from "lucide-react";
import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { Card } from "#components/ui/card.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listSyncs } from "#lib/mlflow-sync/list-syncs.ts";
import { adminContext } from "../../_components/admin-context.tsx";
import { SyncDialog } from "./_components/sync-dialog.tsx";
import { SyncsTable } from "./_components/syncs-table.tsx";

export const dynamic = "force-dynamic";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("mlflowSync");
  return { title: t("title") };
}

/** With which MLflow servers models are kept alike. */
export default async function MlflowSyncsPage() {
  const [t, { ctx, closed }] = await Promise.all([
    getTranslations("mlflowSync"),
    adminContext("integration.manage", { needsAccounts: false }),
  ]);
  if (ctx === null) return closed;
  const { items } = await listSyncs(ctx);
  return (
    <>
      <LiveRefresh />
      <PageHeader title={t("title")} description={t("text")} actions={<SyncDialog />} />
      {items.length === 0 ? (
        <Card>
          <EmptyState icon={ArrowLeftRight} title={t("emptyTitle")} description={t("emptyText")} />
        </Card>
      ) : (
        <SyncsTable items={items} />
      )}
    </>
  );
}
