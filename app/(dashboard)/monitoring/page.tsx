import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { pageContext } from "#app/page-context.ts";
import { may } from "#lib/access/policy.ts";
import { getMonitoring } from "#lib/monitoring/get-monitoring.ts";
import { Locked } from "../_components/locked.tsx";
import { Monitoring } from "./_components/monitoring.tsx";
import {
  type MonitoringParams,
  parseMonitoringAddress,
  stretchHref,
} from "./_components/monitoring-address.ts";

export const dynamic = "force-dynamic";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("monitoring");
  return { title: t("title") };
}

/** What the servers do, and did. */
export default async function MonitoringPage(props: { searchParams: Promise<MonitoringParams> }) {
  if (!may(await pageContext(), "monitoring.read")) return <Locked />;
  const params = await props.searchParams;
  const elsewhere = stretchHref(params);
  if (elsewhere !== null) redirect(elsewhere);
  const query = parseMonitoringAddress(params);
  const initial = await getMonitoring(await pageContext(), query);
  return <Monitoring initial={initial} initialUntil={query.until ?? null} />;
}
