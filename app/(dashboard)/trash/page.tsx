import { Trash2 } from "lucide-react";
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { pageContext } from "#app/page-context.ts";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { Card } from "#components/ui/card.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { RegistryError } from "#lib/errors.ts";
import { listTrashedModels, listTrashedVersions } from "#lib/models/list-trash.ts";
import { TrashSection } from "./_components/trash-section.tsx";

export const dynamic = "force-dynamic";

const PAGE_SIZE = 50;

type TrashParams = { models?: string | string[]; versions?: string | string[] };

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("trash");
  return { title: t("title") };
}

/** Two lists, each with its own cursor in the address: `?models=…&versions=…`. */
export default async function TrashPage(props: { searchParams: Promise<TrashParams> }) {
  const params = await props.searchParams;
  const cursors = { models: single(params.models), versions: single(params.versions) };
  const [t, { models, versions, leavesAt }] = await Promise.all([
    getTranslations("trash"),
    readTrash(cursors),
  ]);
  const isEmpty = models.total === 0 && versions.total === 0;
  return (
    <>
      <LiveRefresh />
      <PageHeader title={t("title")} description={t("text")} />
      {isEmpty ? (
        <Card>
          <EmptyState icon={Trash2} title={t("emptyTitle")} description={t("emptyText")} />
        </Card>
      ) : (
        <div className="grid grid-cols-1 gap-6">
          <TrashSection
            title={t("models")}
            emptyText={t("noModels")}
            total={models.total}
            rows={models.items.map((model) => ({
              id: model.name,
              name: model.name,
              note: t("versionCount", { count: model.version_count }),
              sizeBytes: model.size_bytes,
              deletedAt: model.deleted_at,
              deletedBy: model.deleted_by,
              leavesAt: leavesAt(model.deleted_at),
              restorePath: `/models/${encodeURIComponent(model.name)}/restore`,
              purgePath: `/models/${encodeURIComponent(model.name)}/purge`,
              purgeText: t("purge.modelText", { count: model.version_count }),
              href: `/models/${encodeURIComponent(model.name)}`,
            }))}
            firstHref={cursors.models ? href({ versions: cursors.versions }) : null}
            nextHref={models.next_cursor ? href({ ...cursors, models: models.next_cursor }) : null}
          />
          <TrashSection
            title={t("versions")}
            emptyText={t("noVersions")}
            total={versions.total}
            rows={versions.items.map((version) => ({
              id: `${version.model} ${version.version}`,
              name: `${version.model} ${version.version}`,
              note: null,
              sizeBytes: version.size_bytes,
              deletedAt: version.deleted_at,
              deletedBy: version.deleted_by,
              leavesAt: leavesAt(version.deleted_at),
              restorePath: `/models/${encodeURIComponent(version.model)}/versions/${encodeURIComponent(version.version)}/restore`,
              purgePath: `/models/${encodeURIComponent(version.model)}/versions/${encodeURIComponent(version.version)}/purge`,
              purgeText: t("purge.versionText"),
              href: `/models/${encodeURIComponent(version.model)}/versions/${encodeURIComponent(version.version)}`,
            }))}
            firstHref={cursors.versions ? href({ models: cursors.models }) : null}
            nextHref={
              versions.next_cursor ? href({ ...cursors, versions: versions.next_cursor }) : null
            }
          />
        </div>
      )}
    </>
  );
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function href(cursors: { models?: string; versions?: string }): string {
  const search = new URLSearchParams();
  if (cursors.models) search.set("models", cursors.models);
  if (cursors.versions) search.set("versions", cursors.versions);
  return search.size > 0 ? `/trash?${search}` : "/trash";
}

/** An old cursor leads to the first pages instead of an error. */
async function readTrash(cursors: { models?: string; versions?: string }) {
  const ctx = await pageContext();
  try {
    const [models, versions] = await Promise.all([
      listTrashedModels(ctx, { limit: PAGE_SIZE, cursor: cursors.models }),
      listTrashedVersions(ctx, { limit: PAGE_SIZE, cursor: cursors.versions }),
    ]);
    const { trashRetentionMs } = ctx.config.storage;
    const leavesAt = (deletedAt: string) =>
      new Date(Date.parse(deletedAt) + trashRetentionMs).toISOString();
    return { models, versions, leavesAt };
  } catch (error) {
    if (error instanceof RegistryError && error.code === "invalid_cursor") redirect("/trash");
    throw error;
  }
}
