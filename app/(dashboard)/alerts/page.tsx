import { Bell } from "lucide-react";
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { Card } from "#components/ui/card.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { may } from "#lib/access/policy.ts";
import { listAlerts } from "#lib/alerts/list-alerts.ts";
import type { Ctx } from "#lib/context.ts";
import { isRegistryError } from "#lib/errors.ts";
import { adminContext } from "../_components/admin-context.tsx";
import { AlertFilters } from "./_components/alert-filters.tsx";
import {
  type AlertsAddress,
  type AlertsParams,
  alertsHref,
  parseAlertsAddress,
} from "./_components/alerts-address.ts";
import { AlertsTable } from "./_components/alerts-table.tsx";

const PAGE_SIZE = 50;

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("alerts");
  return { title: t("title") };
}

/** What is wrong now, and what was. */
export default async function AlertsPage(props: { searchParams: Promise<AlertsParams> }) {
  const address = parseAlertsAddress(await props.searchParams);
  const [t, { ctx, closed }] = await Promise.all([
    getTranslations("alerts"),
    adminContext("alert.read", { needsAccounts: false }),
  ]);
  if (ctx === null) return closed;
  const alerts = await readAlerts(ctx, address);
  const { cursor, ...filters } = address;
  const isFiltered = Object.keys(address).length > 0;
  return (
    <>
      <LiveRefresh />
      <PageHeader title={t("title")} description={t("text")} />
      <AlertFilters address={filters} />
      {alerts.total === 0 && !isFiltered ? (
        <Card>
          <EmptyState icon={Bell} title={t("emptyTitle")} description={t("emptyText")} />
        </Card>
      ) : (
        <AlertsTable
          items={alerts.items}
          total={alerts.total}
          isManager={may(ctx, "alert.manage")}
          firstHref={cursor === undefined ? null : alertsHref(filters)}
          nextHref={
            alerts.next_cursor === null
              ? null
              : alertsHref({ ...filters, cursor: alerts.next_cursor })
          }
        />
      )}
    </>
  );
}

/** An old cursor leads to the first page instead of an error. */
async function readAlerts(ctx: Ctx, { state = "open", ...address }: AlertsAddress) {
  try {
    const open = state === "all" ? undefined : state === "open";
    return await listAlerts(ctx, { ...address, open, limit: PAGE_SIZE });
  } catch (error) {
    if (!isRegistryError(error) || error.code !== "invalid_cursor") throw error;
    const { cursor: _, ...filters } = address;
    return redirect(alertsHref({ state, ...filters }));
  }
}
