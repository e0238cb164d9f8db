import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { SessionsTable } from "#components/accounts/sessions-table.tsx";
import { TokensTable } from "#components/accounts/tokens-table.tsx";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { Card } from "#components/ui/card.tsx";
import { describeRights } from "#lib/accounts/describe-rights.ts";
import { getAccount } from "#lib/accounts/list-accounts.ts";
import { listSessions } from "#lib/accounts/sessions.ts";
import { listTokens } from "#lib/accounts/tokens.ts";
import { listAudit } from "#lib/audit/list-audit.ts";
import { adminContext } from "../../../_components/admin-context.tsx";
import { AccountHeader } from "../../_components/account-header.tsx";
import { AccountRights } from "../../_components/account-rights.tsx";
import { orNotFound, readId } from "../../_components/read-id.ts";
import { RecentEntries } from "../../_components/recent-entries.tsx";
import { UserActions } from "./_components/user-actions.tsx";

export const dynamic = "force-dynamic";

const SESSIONS_MAX = 100;
const ENTRIES_SHOWN = 10;

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("admin.users");
  return { title: t("one") };
}

/** Everything that one user may do and did, and what acts in the user's name. */
export default async function UserPage(props: { params: Promise<{ id: string }> }) {
  const [t, { ctx, closed }, params] = await Promise.all([
    getTranslations("admin"),
    adminContext("account.manage"),
    props.params,
  ]);
  if (ctx === null) return closed;
  const { id } = readId(params);
  const user = await orNotFound(getAccount(ctx, { id, kind: "user" }));
  const [rights, sessions, tokens, entries] = await Promise.all([
    describeRights(ctx, { id }),
    listSessions(ctx, { all: false, user: id, limit: SESSIONS_MAX }),
    listTokens(ctx, { user: id }),
    listAudit(ctx, { actor: user.name, limit: ENTRIES_SHOWN }),
  ]);
  return (
    <>
      <LiveRefresh />
      <AccountHeader
        account={user}
        actions={<UserActions user={user} rights={rights} isSelf={user.id === ctx.actor.id} />}
      />
      <div className="grid grid-cols-1 gap-4">
        <AccountRights rights={rights} />
        <RecentEntries actor={user.name} entries={entries.items} />
        <Card title={t("sessions")} bodyClassName="p-0">
          <SessionsTable items={sessions.items} />
        </Card>
        <Card title={t("tokens")} bodyClassName="p-0">
          <TokensTable items={tokens.items} />
        </Card>
      </div>
    </>
  );
}
