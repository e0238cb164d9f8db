import { ShieldCheck } from "lucide-react";
import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { Card } from "#components/ui/card.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listProtections } from "#lib/models/protection/manage-protections.ts";
import { adminContext } from "../../_components/admin-context.tsx";
import { ProtectionDialog } from "./_components/protection-dialog.tsx";
import { ProtectionsTable } from "./_components/protections-table.tsx";

export const dynamic = "force-dynamic";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("admin.protections");
  return { title: t("title") };
}

/** What aliases and stages require of the versions that are moved to them; without accounts too, but for approvals. */
export default async function ProtectionsPage() {
  const [t, { ctx, closed }] = await Promise.all([
    getTranslations("admin.protections"),
    adminContext("protection.manage", { needsAccounts: false }),
  ]);
  if (ctx === null) return closed;
  const { items } = await listProtections(ctx);
  return (
    <>
      <LiveRefresh />
      <PageHeader title={t("title")} description={t("text")} actions={<ProtectionDialog />} />
      {items.length === 0 ? (
        <Card>
          <EmptyState icon={ShieldCheck} title={t("emptyTitle")} description={t("emptyText")} />
        </Card>
      ) : (
        <ProtectionsTable items={items} />
      )}
    </>
  );
}
