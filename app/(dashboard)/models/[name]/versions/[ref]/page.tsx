import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Suspense } from "react";
import { LiveRefresh } from "@/components/live/live-refresh";
import { Skeleton } from "@/components/ui/skeleton";
import { versionHref } from "@/components/versions/paths.ts";
import { TabLinks } from "@/components/versions/tab-links";
import { getModel } from "@/lib/models/get-model.ts";
import { getVersion } from "@/lib/models/get-version.ts";
import { pageContext } from "@/lib/server.ts";
import {
  orNotFound,
  readTab,
  readVersionParams,
  type SearchParams,
} from "../../_components/read-page.ts";
import { VersionAside } from "./_components/version-aside";
import { VersionHeader } from "./_components/version-header";
import { VERSION_TABS, VersionTabContent } from "./_components/version-tab-content";

export const dynamic = "force-dynamic";

type PageProps = {
  params: Promise<{ name: string; ref: string }>;
  searchParams: Promise<SearchParams>;
};

export async function generateMetadata(props: PageProps): Promise<Metadata> {
  const { name, ref } = readVersionParams(await props.params);
  return { title: `${name} ${ref}` };
}

export default async function VersionPage(props: PageProps) {
  const [segments, params, ctx, t] = await Promise.all([
    props.params,
    props.searchParams,
    pageContext(),
    getTranslations("version"),
  ]);
  const { name, ref } = readVersionParams(segments);
  const [version, model] = await Promise.all([
    orNotFound(getVersion(ctx, { name, ref })),
    orNotFound(getModel(ctx, { name })),
  ]);
  const tab = readTab(params, VERSION_TABS);
  // `latest` and `@alias` stay in the address: who shares it means what it will name then.
  const href = versionHref(version.model, ref);
  const isWide = tab === "tensors" || tab === "files";
  const counts = { files: version.files.length, tensors: version.tensors };
  return (
    <>
      <LiveRefresh model={version.model} />
      <VersionHeader version={version} />
      <TabLinks
        label={t("parts")}
        current={tab}
        tabs={VERSION_TABS.map((value) => ({
          value,
          label: t(`tab.${value}`),
          href: value === "facts" ? href : `${href}?tab=${value}`,
          count: value === "files" || value === "tensors" ? counts[value] : undefined,
        }))}
      />
      <div className={isWide ? "" : "grid gap-6 lg:grid-cols-[minmax(0,1fr)_19rem]"}>
        <div className="min-w-0">
          <Suspense key={tab} fallback={<Skeleton className="h-96" />}>
            <VersionTabContent ctx={ctx} tab={tab} version={version} params={params} href={href} />
          </Suspense>
        </div>
        {!isWide && <VersionAside version={version} modelAliases={model.aliases} />}
      </div>
    </>
  );
}
