import { BellOff } from "lucide-react";
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { Card } from "#components/ui/card.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { may } from "#lib/access/policy.ts";
import { listSilences } from "#lib/alerts/manage-silences.ts";
import type { Ctx } from "#lib/context.ts";
import { isRegistryError } from "#lib/errors.ts";
import { adminContext } from "../../_components/admin-context.tsx";
import { SilenceDialog } from "../_components/silence-dialog.tsx";
import { SilencesTable } from "./_components/silences-table.tsx";

const PAGE_SIZE = 50;
const HREF = "/alerts/silences";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("alerts.silences");
  return { title: t("title") };
}

/** Alerts that are told to nobody, and until when. */
export default async function SilencesPage(props: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { cursor } = await props.searchParams;
  const [t, { ctx, closed }] = await Promise.all([
    getTranslations("alerts.silences"),
    adminContext("alert.read", { needsAccounts: false }),
  ]);
  if (ctx === null) return closed;
  const silences = await readSilences(ctx, typeof cursor === "string" ? cursor : undefined);
  const isManager = may(ctx, "alert.manage");
  return (
    <>
      <LiveRefresh />
      <PageHeader
        title={t("title")}
        description={t("text")}
        actions={isManager && <SilenceDialog />}
      />
      {silences.total === 0 ? (
        <Card>
          <EmptyState icon={BellOff} title={t("emptyTitle")} description={t("emptyText")} />
        </Card>
      ) : (
        <SilencesTable
          items={silences.items}
          total={silences.total}
          isManager={isManager}
          firstHref={cursor === undefined ? null : HREF}
          nextHref={
            silences.next_cursor === null
              ? null
              : `${HREF}?${new URLSearchParams({ cursor: silences.next_cursor })}`
          }
        />
      )}
    </>
  );
}

/** An old cursor leads to the first page instead of an error. */
async function readSilences(ctx: Ctx, cursor: string | undefined) {
  try {
    return await listSilences(ctx, { limit: PAGE_SIZE, cursor });
  } catch (error) {
    if (!isRegistryError(error) || error.code !== "invalid_cursor") throw error;
    return redirect(HREF);
  }
}
