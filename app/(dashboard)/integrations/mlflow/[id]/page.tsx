import { ArrowLeft } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import type { Ctx } from "#lib/context.ts";
import { isRegistryError } from "#lib/errors.ts";
import { listRuns } from "#lib/mlflow-sync/get-report.ts";
import { getSync } from "#lib/mlflow-sync/list-syncs.ts";
import { syncParams } from "#lib/mlflow-sync/schema.ts";
import { adminContext } from "../../../_components/admin-context.tsx";
import { type ReportParams, readReport } from "./_components/report-address.ts";
import { ReportCard } from "./_components/report-card.tsx";
import { RunsCard } from "./_components/runs-card.tsx";
import { SyncActions } from "./_components/sync-actions.tsx";
import { SyncFacts } from "./_components/sync-facts.tsx";

export const dynamic = "force-dynamic";

const ALL = "/integrations/mlflow";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("mlflowSync");
  return { title: t("title") };
}

/** One rule, its runs, and what one of them did and found changed on both sides. */
export default async function MlflowSyncPage(props: {
  params: Promise<{ id: string }>;
  searchParams: Promise<ReportParams>;
}) {
  const [{ id }, params] = await Promise.all([props.params, props.searchParams]);
  const [t, { ctx, closed }] = await Promise.all([
    getTranslations("mlflowSync"),
    adminContext("integration.manage", { needsAccounts: false }),
  ]);
  if (ctx === null) return closed;
  const sync = await readSync(ctx, id);
  const { items: runs } = await listRuns(ctx, { id });
  const report = await readReport(ctx, { id, runs, params });
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
        title={sync.name}
        description={sync.tracking_uri}
        actions={<SyncActions sync={sync} />}
      />
      <div className="flex flex-col gap-4">
        <SyncFacts sync={sync} />
        {report && <ReportCard id={id} report={report} kind={report.kind} />}
        <RunsCard id={id} runs={runs} current={report?.operation.id ?? null} />
      </div>
    </>
  );
}

/** One that is gone, maybe a moment ago, leads to the list. */
async function readSync(ctx: Ctx, id: string) {
  const known = syncParams.safeParse({ id });
  if (!known.success) redirect(ALL);
  try {
    return await getSync(ctx, known.data);
  } catch (error) {
    if (!isRegistryError(error) || error.code !== "sync_not_found") throw error;
    return redirect(ALL);
  }
}
