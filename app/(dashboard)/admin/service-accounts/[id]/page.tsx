import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { ConfirmButton } from "#components/accounts/confirm-button.tsx";
import { TokenDialog } from "#components/accounts/token-dialog.tsx";
import { TokensTable } from "#components/accounts/tokens-table.tsx";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { Card } from "#components/ui/card.tsx";
import { describeRights } from "#lib/accounts/describe-rights.ts";
import { getAccount } from "#lib/accounts/list-accounts.ts";
import { listTokens } from "#lib/accounts/tokens.ts";
import { listAudit } from "#lib/audit/list-audit.ts";
import { adminContext } from "../../../_components/admin-context.tsx";
import { AccountHeader } from "../../_components/account-header.tsx";
import { AccountRights } from "../../_components/account-rights.tsx";
import { DisableButton } from "../../_components/disable-button.tsx";
import { EditAccountDialog } from "../../_components/edit-account-dialog.tsx";
import { orNotFound, readId } from "../../_components/read-id.ts";
import { RecentEntries } from "../../_components/recent-entries.tsx";
import { RoleDialog } from "../../_components/role-dialog.tsx";

export const dynamic = "force-dynamic";

const ENTRIES_SHOWN = 10;

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("admin.services");
  return { title: t("one") };
}

/** A program's account: its tokens, and everything that it may do and did. */
export default async function ServiceAccountPage(props: { params: Promise<{ id: string }> }) {
  const [t, services, { ctx, closed }, params] = await Promise.all([
    getTranslations("admin"),
    getTranslations("admin.services"),
    adminContext("account.manage"),
    props.params,
  ]);
  if (ctx === null) return closed;
  const { id } = readId(params);
  const account = await orNotFound(getAccount(ctx, { id, kind: "service" }));
  const { name } = account;
  const [rights, tokens, entries] = await Promise.all([
    describeRights(ctx, { id }),
    listTokens(ctx, { service: id }),
    listAudit(ctx, { actor: name, limit: ENTRIES_SHOWN }),
  ]);
  return (
    <>
      <LiveRefresh />
      <AccountHeader
        account={account}
        actions={
          <>
            <EditAccountDialog account={account} />
            <RoleDialog account={account} rights={rights} />
            <DisableButton account={account} isSelf={false} />
            <ConfirmButton
              label={services("remove")}
              title={services("removeTitle", { name })}
              text={services("removeText")}
              done={services("removed", { name })}
              path={`/service-accounts/${id}`}
              size="md"
              isDanger
            />
          </>
        }
      />
      <div className="grid grid-cols-1 gap-4">
        <Card
          title={t("tokens")}
          bodyClassName="p-0"
          actions={!account.disabled && <TokenDialog path={`/service-accounts/${id}/tokens`} />}
        >
          <TokensTable items={tokens.items} />
        </Card>
        <AccountRights rights={rights} />
        <RecentEntries actor={name} entries={entries.items} />
      </div>
    </>
  );
}
