import type { Metadata } from "next";
import { headers } from "next/headers";
import { getTranslations } from "next-intl/server";
import { pageContext } from "#app/page-context.ts";
import { getStats } from "#lib/metrics/get-stats.ts";
import { statsQuery } from "#lib/metrics/schema.ts";
import { Overview } from "./_components/overview.tsx";
import { requestOrigin } from "./_components/request-origin.ts";

export const dynamic = "force-dynamic";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("overview");
  return { title: t("title") };
}

export default async function OverviewPage(props: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { range } = await props.searchParams;
  // A mistyped range shows the default one instead of an error page.
  const query = statsQuery.safeParse({ range });
  const stats = await getStats(await pageContext(), query.data ?? statsQuery.parse({}));
  return <Overview initial={stats} origin={requestOrigin(await headers())} />;
}
