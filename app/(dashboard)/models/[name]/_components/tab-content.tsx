import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { modelHref } from "#components/api/paths.ts";
import { ActivityList } from "#components/models/activity-list.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Pagination } from "#components/ui/pagination.tsx";
import { FILES_PER_PAGE, FilesTable } from "#components/versions/files-table.tsx";
import { listGrants } from "#lib/accounts/grants.ts";
import { renderMarkdown } from "#lib/cards/render-markdown.ts";
import { getModelCard } from "#lib/models/get-model-card.ts";
import { listActivity } from "#lib/models/list-activity.ts";
import { listFiles } from "#lib/models/list-files.ts";
import { listVersions } from "#lib/models/list-versions.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import type { FilePage, ModelFacts, VersionFacts } from "#lib/models/schema.ts";
import { AccessTab } from "./access-tab.tsx";
import { CardTab } from "./card-tab.tsx";
import { orStale, readOne, readPageNumber, type SearchParams } from "./read-page.ts";
import { VersionsTab } from "./versions-tab.tsx";

const MODEL_TABS = ["card", "versions", "files", "activity", "access"] as const;
export type ModelTab = (typeof MODEL_TABS)[number];

/** Who else may see the model is for those who decide about it, while there are accounts. */
export function shownTabs(hasAccess: boolean): readonly [ModelTab, ...ModelTab[]] {
  const [first, ...others] = MODEL_TABS;
  return [first, ...others.filter((tab) => hasAccess || tab !== "access")];
}

const ROWS_PER_PAGE = 50;

type TabProps = {
  ctx: ModelCtx;
  tab: ModelTab;
  model: ModelFacts;
  latest: VersionFacts | null;
  /** The first files of the latest version. */
  files: FilePage | null;
  params: SearchParams;
};

/** Reads and shows one tab. */
export async function TabContent({ ctx, tab, model, latest, files, params }: TabProps) {
  const { name } = model;
  const t = await getTranslations("model");
  const base = `${modelHref(name)}?tab=${tab}`;
  if (tab === "card") {
    const card = await getModelCard(ctx, { name });
    const [cardTree, descriptionTree] = await Promise.all([
      renderMarkdown(ctx, { text: card.markdown }),
      renderMarkdown(ctx, { text: model.description }),
    ]);
    const trees = { cardTree, descriptionTree };
    return <CardTab model={model} latest={latest} files={files} card={card} {...trees} />;
  }
  if (tab === "access") {
    const { visibility, items } = await listGrants(ctx, { name });
    return <AccessTab name={name} visibility={visibility} grants={items} />;
  }
  if (tab === "files") {
    if (latest === null) {
      return <EmptyState title={t("versions.emptyTitle")} description={t("versions.emptyText")} />;
    }
    const page = readPageNumber(params);
    const shown = { name, ref: latest.version, page, limit: FILES_PER_PAGE };
    return (
      <>
        <p className="mb-3 text-muted">{t("filesOf", { version: latest.version })}</p>
        <FilesTable
          version={latest}
          files={await listFiles(ctx, shown)}
          pageHref={(page) => `${base}&page=${page}`}
        />
      </>
    );
  }
  const cursor = readOne(params, "cursor");
  const pages = (next: string | null, summary: string) => (
    <Pagination
      previousHref={cursor ? base : null}
      previousLabel={t("firstPage")}
      nextHref={next ? `${base}&cursor=${encodeURIComponent(next)}` : null}
      summary={summary}
    />
  );
  if (tab === "versions") {
    const page =
      (await orStale(listVersions(ctx, { name, limit: ROWS_PER_PAGE, cursor }))) ?? redirect(base);
    return (
      <>
        <VersionsTab versions={page.items} />
        {pages(page.next_cursor, t("versions.total", { count: page.total }))}
      </>
    );
  }
  const page =
    (await orStale(listActivity(ctx, { name, limit: ROWS_PER_PAGE, cursor }))) ?? redirect(base);
  return (
    <>
      <ActivityList entries={page.items} />
      {pages(page.next_cursor, t("activity.total", { count: page.total }))}
    </>
  );
}
