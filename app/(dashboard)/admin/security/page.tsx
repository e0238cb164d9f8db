import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { SessionsTable } from "#components/accounts/sessions-table.tsx";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { Card } from "#components/ui/card.tsx";
import { CardPager } from "#components/ui/card-pager.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listSigningKeys } from "#lib/accounts/rotate-keys.ts";
import { listSessions } from "#lib/accounts/sessions.ts";
import { isRegistryError } from "#lib/errors.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import { adminContext } from "../../_components/admin-context.tsx";
import { KeysCard } from "./_components/keys-card.tsx";

export const dynamic = "force-dynamic";

const PAGE_SIZE = 50;

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("admin.security");
  return { title: t("title") };
}

/** Everybody's sessions, and the keys that tokens and sessions are signed with. */
export default async function SecurityPage(props: {
  searchParams: Promise<{ cursor?: string | string[] }>;
}) {
  const [t, admin, { ctx, closed }, params] = await Promise.all([
    getTranslations("admin.security"),
    getTranslations("admin"),
    adminContext("account.manage"),
    props.searchParams,
  ]);
  if (ctx === null) return closed;
  const cursor = typeof params.cursor === "string" && params.cursor ? params.cursor : undefined;
  const [keys, sessions] = await Promise.all([listSigningKeys(ctx), readSessions(ctx, cursor)]);
  return (
    <>
      <LiveRefresh />
      <PageHeader title={t("title")} description={t("text")} />
      <div className="grid grid-cols-1 gap-4">
        <KeysCard keys={keys.items} />
        <Card title={t("sessions", { count: sessions.total })} bodyClassName="p-0">
          <SessionsTable items={sessions.items} hasUsers />
          <CardPager
            firstHref={cursor ? "/admin/security" : null}
            firstLabel={admin("firstPage")}
            nextHref={
              sessions.next_cursor &&
              `/admin/security?cursor=${encodeURIComponent(sessions.next_cursor)}`
            }
          />
        </Card>
      </div>
    </>
  );
}

/** An old cursor leads to the first page instead of an error. */
async function readSessions(ctx: ModelCtx, cursor: string | undefined) {
  try {
    return await listSessions(ctx, { all: true, limit: PAGE_SIZE, cursor });
  } catch (error) {
    if (!isRegistryError(error) || error.code !== "invalid_cursor") throw error;
    return redirect("/admin/security");
  }
}
