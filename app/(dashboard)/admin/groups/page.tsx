import { UsersRound } from "lucide-react";
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { Card } from "#components/ui/card.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { Pagination } from "#components/ui/pagination.tsx";
import { listGroups } from "#lib/accounts/groups.ts";
import { isRegistryError } from "#lib/errors.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import { adminContext } from "../../_components/admin-context.tsx";
import { GroupCard } from "./_components/group-card.tsx";
import { GroupDialog } from "./_components/group-dialog.tsx";

export const dynamic = "force-dynamic";

const PAGE_SIZE = 30;

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("admin.groups");
  return { title: t("title") };
}

/** Groups of accounts, to which models are granted at once. */
export default async function GroupsPage(props: {
  searchParams: Promise<{ cursor?: string | string[] }>;
}) {
  const [t, admin, { ctx, closed }, params] = await Promise.all([
    getTranslations("admin.groups"),
    getTranslations("admin"),
    adminContext("account.manage"),
    props.searchParams,
  ]);
  if (ctx === null) return closed;
  const cursor = typeof params.cursor === "string" && params.cursor ? params.cursor : undefined;
  const page = await readGroups(ctx, cursor);
  return (
    <>
      <LiveRefresh />
      <PageHeader title={t("title")} description={t("text")} actions={<GroupDialog />} />
      {page.items.length === 0 ? (
        <Card>
          <EmptyState icon={UsersRound} title={t("emptyTitle")} description={t("emptyText")} />
        </Card>
      ) : (
        <div className="grid gap-4 lg:grid-cols-2">
          {page.items.map((group) => (
            <GroupCard key={group.id} group={group} />
          ))}
        </div>
      )}
      {(cursor || page.next_cursor) && (
        <Pagination
          previousHref={cursor ? "/admin/groups" : null}
          previousLabel={admin("firstPage")}
          nextHref={
            page.next_cursor && `/admin/groups?cursor=${encodeURIComponent(page.next_cursor)}`
          }
        />
      )}
    </>
  );
}

/** An old cursor leads to the first page instead of an error. */
async function readGroups(ctx: ModelCtx, cursor: string | undefined) {
  try {
    return await listGroups(ctx, { limit: PAGE_SIZE, cursor });
  } catch (error) {
    if (!isRegistryError(error) || error.code !== "invalid_cursor") throw error;
    return redirect("/admin/groups");
  }
}
