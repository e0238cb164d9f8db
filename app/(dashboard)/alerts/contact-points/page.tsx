import { Mail } from "lucide-react";
import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Card } from "#components/ui/card.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listContactPoints } from "#lib/notifications/contact-points.ts";
import { adminContext } from "../../_components/admin-context.tsx";
import { ContactDialog } from "./_components/contact-dialog.tsx";
import { ContactPointsTable } from "./_components/contact-points-table.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("alerts.contacts");
  return { title: t("title") };
}

/** Who is told of alerts, by which way. */
export default async function ContactPointsPage() {
  const [t, { ctx, closed }] = await Promise.all([
    getTranslations("alerts.contacts"),
    adminContext("contact.manage", { needsAccounts: false }),
  ]);
  if (ctx === null) return closed;
  const { items, has_mail_server } = await listContactPoints(ctx);
  return (
    <>
      <PageHeader title={t("title")} description={t("text")} actions={<ContactDialog />} />
      {!has_mail_server && (
        <p className="mb-4 rounded-md bg-warn-soft px-3 py-2 text-warn">{t("noMail")}</p>
      )}
      {items.length === 0 ? (
        <Card>
          <EmptyState icon={Mail} title={t("emptyTitle")} description={t("emptyText")} />
        </Card>
      ) : (
        <ContactPointsTable items={items} />
      )}
    </>
  );
}
