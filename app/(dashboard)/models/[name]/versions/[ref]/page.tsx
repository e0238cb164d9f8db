import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Suspense } from "react";
import {
  orNotFound,
  readPageNumber,
  readTab,
  readVersionParams,
  type SearchParams,
} from "#app/(dashboard)/models/[name]/_components/read-page.ts";
import { pageContext } from "#app/page-context.ts";
import { versionHref } from "#components/api/paths.ts";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { ALIASES_PER_PAGE } from "#components/models/alias-pages.tsx";
import { CHOICES_MAX } from "#components/models/usable-version.ts";
import { Skeleton } from "#components/ui/skeleton.tsx";
import { TabLinks } from "#components/ui/tab-links.tsx";
import { may } from "#lib/access/policy.ts";
import { renderMarkdown } from "#lib/cards/render-markdown.ts";
import { listAddresses } from "#lib/cluster/list-clusters.ts";
import { isConvertible } from "#lib/models/conversion/conversion-schema.ts";
import { getConversionStanding } from "#lib/models/conversion/get-conversion-standing.ts";
import { getImportStanding } from "#lib/models/get-import-standing.ts";
import { getExternalName } from "#lib/models/get-model.ts";
import { getVersionFacts } from "#lib/models/get-version.ts";
import { listAliases } from "#lib/models/list-aliases.ts";
import { listFiles } from "#lib/models/list-files.ts";
import { listPossibleMoves } from "#lib/models/protection/list-moves.ts";
import { ConversionNotice } from "./_components/conversion-notice.tsx";
import { VersionAside } from "./_components/version-aside.tsx";
import { VersionHeader } from "./_components/version-header.tsx";
import { VERSION_TABS, VersionTabContent } from "./_components/version-tab-content.tsx";

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
  const [version, externalName, files] = await Promise.all([
    orNotFound(getVersionFacts(ctx, { name, ref })),
    orNotFound(getExternalName(ctx, { name })),
    orNotFound(listFiles(ctx, { name, ref, page: 1, limit: CHOICES_MAX })),
  ]);
  const [description, clusters, importing, conversion] = await Promise.all([
    renderMarkdown(ctx, { text: version.description }),
    may(ctx, "load.write") && may(ctx, "cluster.read") ? listAddresses(ctx) : null,
    version.location === null ? null : getImportStanding(ctx, { name, version: version.version }),
    isConvertible(version.format)
      ? getConversionStanding(ctx, { name, version: version.version })
      : null,
  ]);
  const tab = readTab(params, VERSION_TABS);
  // `latest` and `@alias` stay in the address: a shared link means whatever version it will name then.
  const href = versionHref(version.model, ref);
  const isWide = tab === "tensors" || tab === "files";
  const aliasesOf = (scope: { version: string } | { otherThan: string }, key: string) =>
    listAliases(ctx, {
      name,
      ...scope,
      page: readPageNumber(params, key),
      limit: ALIASES_PER_PAGE,
    });
  const [here, elsewhere, moves] = isWide
    ? []
    : await Promise.all([
        aliasesOf({ version: version.version }, "aliases"),
        aliasesOf({ otherThan: version.version }, "others"),
        listPossibleMoves(ctx, { name, ref }),
      ]);
  const counts = { files: files.total, tensors: version.tensors };
  return (
    <>
      <LiveRefresh model={version.model} />
      <VersionHeader
        version={version}
        files={files}
        clusters={clusters}
        externalName={externalName}
        importing={importing}
      />
      {conversion && <ConversionNotice model={version.model} conversion={conversion} />}
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
            <VersionTabContent {...{ ctx, tab, version, importing, params, href }} />
          </Suspense>
        </div>
        {here && elsewhere && moves && (
          <VersionAside
            version={version}
            description={description}
            here={here}
            elsewhere={elsewhere}
            moves={moves}
            aliasPageHref={(key, page) => `${href}?tab=${tab}&${key}=${page}`}
          />
        )}
      </div>
    </>
  );
}
