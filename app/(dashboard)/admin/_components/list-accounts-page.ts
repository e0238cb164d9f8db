import { redirect } from "next/navigation";
import { listAccounts } from "#lib/accounts/list-accounts.ts";
import type { AccountWire } from "#lib/accounts/schema.ts";
import { isRegistryError } from "#lib/errors.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import { type AccountsAddress, accountsHref } from "./account-address.ts";

const PAGE_SIZE = 50;

/** The accounts that the address asks for, with links to the first and the next page; an old cursor leads to the first. */
export async function listAccountsPage(
  ctx: ModelCtx,
  kind: AccountWire["kind"],
  address: AccountsAddress,
) {
  const path = kind === "user" ? "/admin/users" : "/admin/service-accounts";
  const { state, cursor, ...filters } = address;
  const shown = state === undefined ? {} : { disabled: state === "disabled" };
  const first = accountsHref(path, { ...address, cursor: "" });
  try {
    const page = await listAccounts(ctx, { kind, ...filters, ...shown, cursor, limit: PAGE_SIZE });
    return {
      path,
      items: page.items,
      total: page.total,
      firstHref: cursor === undefined ? null : first,
      nextHref:
        page.next_cursor === null
          ? null
          : accountsHref(path, { ...address, cursor: page.next_cursor }),
    } as const;
  } catch (error) {
    if (!isRegistryError(error) || error.code !== "invalid_cursor") throw error;
    return redirect(first);
  }
}
