import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import {
  orStale,
  readOne,
  readPageNumber,
  type SearchParams,
} from "#app/(dashboard)/models/[name]/_components/read-page.ts";
import { ActivityList } from "#components/models/activity-list.tsx";
import { Pagination } from "#components/ui/pagination.tsx";
import { FILES_PER_PAGE, FilesTable } from "#components/versions/files-table.tsx";
import { unsupportedNote } from "#lib/models/framework-support.ts";
import type { ImportStanding } from "#lib/models/import-standing.ts";
import { listActivity } from "#lib/models/list-activity.ts";
import { listFiles } from "#lib/models/list-files.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import type { VersionFacts } from "#lib/models/schema.ts";
import { FactsTab } from "./facts-tab.tsx";
import { MetadataTab } from "./metadata-tab.tsx";
import { TensorsTab } from "./tensors-tab.tsx";

export const VERSION_TABS = ["facts", "files", "tensors", "metadata", "activity"] as const;
export type VersionTab = (typeof VERSION_TABS)[number];

const ENTRIES_PER_PAGE = 25;

type TabProps = {
  ctx: ModelCtx;
  tab: VersionTab;
  version: VersionFacts;
  importing: ImportStanding | null;
  params: SearchParams;
  /** This page's address without a query. */
  href: string;
};

/** Reads and shows one tab. */
export async function VersionTabContent({ ctx, tab, version, importing, params, href }: TabProps) {
  const base = `${href}?tab=${tab}`;
  if (tab === "facts") {
    const written = { framework: version.framework, version: version.framework_version };
    const supported = unsupportedNote(ctx.config.frameworks, written);
    return <FactsTab version={version} importing={importing} supported={supported} />;
  }
  if (tab === "metadata") return <MetadataTab metadata={version.metadata} />;
  if (tab === "tensors") {
    return (
      <TensorsTab
        key={version.digest}
        model={version.model}
        version={version.version}
        total={version.tensors}
      />
    );
  }
  if (tab === "files") {
    const page = readPageNumber(params);
    const shown = { name: version.model, ref: version.version, page, limit: FILES_PER_PAGE };
    return (
      <FilesTable
        version={version}
        files={await listFiles(ctx, shown)}
        pageHref={(page) => `${base}&page=${page}`}
      />
    );
  }
  const t = await getTranslations("model");
  const cursor = readOne(params, "cursor");
  const input = {
    name: version.model,
    version: version.version,
    limit: ENTRIES_PER_PAGE,
    cursor,
  };
  const page = (await orStale(listActivity(ctx, input))) ?? redirect(base);
  return (
    <>
      <ActivityList entries={page.items} />
      <Pagination
        previousHref={cursor ? base : null}
        previousLabel={t("firstPage")}
        nextHref={
          page.next_cursor ? `${base}&cursor=${encodeURIComponent(page.next_cursor)}` : null
        }
        summary={t("activity.total", { count: page.total })}
      />
    </>
  );
}
