import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { pageContext } from "#app/page-context.ts";
import { versionHref } from "#components/api/paths.ts";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { may } from "#lib/access/policy.ts";
import { getLoad } from "#lib/cluster/get-load.ts";
import { loadParams } from "#lib/cluster/schema.ts";
import { isRegistryError } from "#lib/errors.ts";
import { CancelLoadButton } from "../../_components/cancel-load-button.tsx";
import { LoadFacts } from "./_components/load-facts.tsx";
import { ProgressTable } from "./_components/progress-table.tsx";

export const dynamic = "force-dynamic";

type Params = Promise<{ id: string }>;
type Search = Promise<Record<string, string | string[] | undefined>>;

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("cluster.load");
  return { title: t("title") };
}

/** One load: how far each worker is, or how it ended there. */
export default async function LoadPage(props: { params: Params; searchParams: Search }) {
  const [t, clusters, ctx, { page }] = await Promise.all([
    getTranslations("cluster.load"),
    getTranslations("cluster"),
    pageContext(),
    props.searchParams,
  ]);
  const params = loadParams.safeParse(await props.params);
  if (!params.success) notFound();
  const load = await getLoad(ctx, params.data).catch((error: unknown) => {
    if (isRegistryError(error) && error.code === "load_not_found") notFound();
    throw error;
  });
  const name = { model: load.model, version: load.version };
  return (
    <>
      <LiveRefresh isFrequent />
      <nav aria-label={t("breadcrumb")} className="mb-1 flex min-w-0 gap-1.5 text-muted">
        <Link href="/cluster" className="hover:text-ink hover:underline">
          {clusters("title")}
        </Link>
        <span aria-hidden>/</span>
      </nav>
      <PageHeader
        title={t(load.action === "load" ? "ofLoad" : "ofUnload", name)}
        actions={
          <>
            {may(ctx, "load.write") && <CancelLoadButton load={load} />}
            <Link
              href={versionHref(load.model, load.version)}
              className="inline-flex min-h-target items-center underline"
            >
              {t("version")}
            </Link>
          </>
        }
      />
      <div className="flex flex-col gap-4">
        <LoadFacts load={load} />
        <ProgressTable load={load} page={Number(page) || 1} />
      </div>
    </>
  );
}
