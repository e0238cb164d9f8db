import { ChartLine } from "lucide-react";
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { Card } from "#components/ui/card.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { may } from "#lib/access/policy.ts";
import { getAlert } from "#lib/alerts/get-alert.ts";
import { ALERT_KINDS } from "#lib/alerts/kinds.ts";
import { alertParams } from "#lib/alerts/schema.ts";
import type { Ctx } from "#lib/context.ts";
import { isRegistryError } from "#lib/errors.ts";
import { adminContext } from "../../_components/admin-context.tsx";
import { AcknowledgeDialog } from "../_components/acknowledge-dialog.tsx";
import { AlertState, SeverityBadge } from "../_components/alert-badges.tsx";
import { AlertFacts } from "../_components/alert-facts.tsx";
import { chartsHref } from "../_components/alerts-address.ts";
import { SilenceDialog } from "../_components/silence-dialog.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("alerts");
  return { title: t("title") };
}

/** One alert, open or over, with the charts of its moment. */
export default async function AlertPage(props: { params: Promise<{ id: string }> }) {
  const { id } = await props.params;
  const [t, { ctx, closed }] = await Promise.all([
    getTranslations("alerts"),
    adminContext("alert.read", { needsAccounts: false }),
  ]);
  if (ctx === null) return closed;
  const alert = await readAlert(ctx, id);
  const kind = ALERT_KINDS.find((known) => known === alert.kind);
  const isManager = may(ctx, "alert.manage") && alert.resolved_at === null;
  return (
    <>
      <LiveRefresh />
      <PageHeader
        title={
          <span className="inline-flex flex-wrap items-center gap-2">
            {kind === undefined ? alert.kind : t(`kinds.${kind}`)}
            <SeverityBadge severity={alert.severity} />
          </span>
        }
        actions={
          <>
            <LinkButton size="sm" href={chartsHref(alert.opened_at)} prefetch={false}>
              <ChartLine aria-hidden className="size-3.5" />
              {t("chart")}
            </LinkButton>
            {isManager && <AcknowledgeDialog alert={alert} />}
            {isManager && <SilenceDialog alert={{ kind: alert.kind, subject: alert.subject }} />}
          </>
        }
      >
        <div className="mt-1.5">
          <AlertState alert={alert} />
        </div>
      </PageHeader>
      <Card title={t("facts.title")}>
        <AlertFacts alert={alert} />
      </Card>
    </>
  );
}

async function readAlert(ctx: Ctx, id: string) {
  const known = alertParams.safeParse({ id });
  if (!known.success) notFound();
  try {
    return await getAlert(ctx, known.data);
  } catch (error) {
    if (isRegistryError(error) && error.code === "alert_not_found") notFound();
    throw error;
  }
}
