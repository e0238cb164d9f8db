import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { adminContext } from "../../_components/admin-context.tsx";
import { type AccountsParams, parseAccountsAddress } from "../_components/account-address.ts";
import { AccountFilters } from "../_components/account-filters.tsx";
import { AccountsTable } from "../_components/accounts-table.tsx";
import { listAccountsPage } from "../_components/list-accounts-page.ts";
import { CreateUserDialog } from "./_components/create-user-dialog.tsx";
import { InviteDialog } from "./_components/invite-dialog.tsx";

export const dynamic = "force-dynamic";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("admin.users");
  return { title: t("title") };
}

/** Everybody who may sign in. */
export default async function UsersPage(props: { searchParams: Promise<AccountsParams> }) {
  const [t, { ctx, closed }, params] = await Promise.all([
    getTranslations("admin.users"),
    adminContext("account.manage"),
    props.searchParams,
  ]);
  if (ctx === null) return closed;
  const address = parseAccountsAddress(params);
  const { total, ...page } = await listAccountsPage(ctx, "user", address);
  return (
    <>
      <LiveRefresh />
      <PageHeader
        title={t("title")}
        description={t("text")}
        actions={
          <>
            <CreateUserDialog />
            <InviteDialog />
          </>
        }
      />
      <AccountFilters path={page.path} address={address} />
      <AccountsTable title={t("count", { count: total })} {...page} />
    </>
  );
}
