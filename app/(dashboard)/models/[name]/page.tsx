import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Suspense } from "react";
import { pageContext } from "#app/page-context.ts";
import { modelHref } from "#components/api/paths.ts";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { ALIASES_PER_PAGE } from "#components/models/alias-pages.tsx";
import { CHOICES_MAX } from "#components/models/usable-version.ts";
import { Skeleton } from "#components/ui/skeleton.tsx";
import { TabLinks } from "#components/ui/tab-links.tsx";
import { mayOn } from "#lib/access/policy.ts";
import { getModelFacts } from "#lib/models/get-model.ts";
import { getVersionFacts } from "#lib/models/get-version.ts";
import { listAliases } from "#lib/models/list-aliases.ts";
import { listFiles } from "#lib/models/list-files.ts";
import { listVersionNames } from "#lib/models/list-versions.ts";
import { ModelAside } from "./_components/model-aside.tsx";
import { ModelHeader } from "./_components/model-header.tsx";
import {
  orNotFound,
  readModelParams,
  readPageNumber,
  readTab,
  type SearchParams,
} from "./_components/read-page.ts";
import { shownTabs, TabContent } from "./_components/tab-content.tsx";

export const dynamic = "force-dynamic";

type PageProps = { params: Promise<{ name: string }>; searchParams: Promise<SearchParams> };

export async function generateMetadata(props: PageProps): Promise<Metadata> {
  return { title: readModelParams(await props.params).name };
}

/** How many versions the alias form suggests; others can be typed. */
const SUGGESTED_VERSIONS = 50;

export default async function ModelPage(props: PageProps) {
  const [segments, params, ctx, t] = await Promise.all([
    props.params,
    props.searchParams,
    pageContext(),
    getTranslations("model"),
  ]);
  const model = await orNotFound(getModelFacts(ctx, readModelParams(segments)));
  const { name, latest_version: latestVersion } = model;
  const ref = latestVersion ?? "latest";
  const [latest, files, versions, aliases] = await Promise.all([
    latestVersion === null ? null : orNotFound(getVersionFacts(ctx, { name, ref })),
    latestVersion === null
      ? null
      : orNotFound(listFiles(ctx, { name, ref, page: 1, limit: CHOICES_MAX })),
    listVersionNames(ctx, { name, limit: SUGGESTED_VERSIONS }),
    listAliases(ctx, { name, page: readPageNumber(params, "aliases"), limit: ALIASES_PER_PAGE }),
  ]);
  const hasAccess = ctx.config.api.authRequired && mayOn(ctx, "model.share", model);
  const tabs = shownTabs(hasAccess);
  const tab = readTab(params, tabs);
  const counts = { versions: model.version_count, files: files?.total ?? 0 };
  return (
    <>
      <LiveRefresh model={name} />
      <ModelHeader model={model} latest={latest} files={files} aliases={aliases} />
      <TabLinks
        label={t("parts")}
        current={tab}
        tabs={tabs.map((value) => ({
          value,
          label: t(`tab.${value}`),
          href: value === "card" ? modelHref(name) : `${modelHref(name)}?tab=${value}`,
          count: value === "versions" || value === "files" ? counts[value] : undefined,
        }))}
      />
      <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_19rem]">
        <div className="min-w-0">
          <Suspense key={tab} fallback={<Skeleton className="h-96" />}>
            <TabContent
              ctx={ctx}
              tab={tab}
              model={model}
              latest={latest}
              files={files}
              params={params}
            />
          </Suspense>
        </div>
        <ModelAside
          model={model}
          aliases={aliases}
          versions={versions}
          aliasPageHref={(page) => `${modelHref(name)}?tab=${tab}&aliases=${page}`}
        />
      </div>
    </>
  );
}
