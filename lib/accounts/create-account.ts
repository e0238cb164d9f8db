/** New accounts: a user gets a link by which the password is chosen, a service account gets tokens. */
import type { z } from "zod";
import { assertMay } from "#lib/access/policy.ts";
import type { AccountsCtx } from "./accounts-context.ts";
import { insertLink } from "./one-time-links.ts";
import type {
  AccountWire,
  createdUserSchema,
  createServiceAccountBody,
  createUserBody,
  inviteBody,
  LinkWire,
} from "./schema.ts";
import {
  accountChange,
  accountToWire,
  changeAccounts,
  getAccountRow,
  insertAccount,
} from "./store.ts";

/** Throws `account_exists`. */
export function createUser(
  ctx: AccountsCtx,
  input: z.output<typeof createUserBody>,
): Promise<z.infer<typeof createdUserSchema>> {
  assertMay(ctx, "account.manage");
  return changeAccounts(ctx, async (tx, record) => {
    const { display_name: displayName, ...rest } = input;
    const row = await insertAccount(tx, ctx, { kind: "user", displayName, ...rest });
    await record(accountChange("account.created", row, { role: row.role }));
    const link = await insertLink(tx, ctx, { purpose: "reset", accountId: row.id });
    return { user: accountToWire(row), link };
  });
}

/** Throws `account_exists`. */
export function createServiceAccount(
  ctx: AccountsCtx,
  { display_name: displayName, ...rest }: z.output<typeof createServiceAccountBody>,
): Promise<AccountWire> {
  assertMay(ctx, "account.manage");
  return changeAccounts(ctx, async (tx, record) => {
    const row = await insertAccount(tx, ctx, { kind: "service", displayName, ...rest });
    await record(accountChange("account.created", row, { kind: "service", role: row.role }));
    return accountToWire(row);
  });
}

/** A link by which somebody makes an account with this role. */
export function invite(ctx: AccountsCtx, input: z.output<typeof inviteBody>): Promise<LinkWire> {
  assertMay(ctx, "account.manage");
  return changeAccounts(ctx, async (tx, record) => {
    const link = await insertLink(tx, ctx, { purpose: "invitation", ...input });
    await record({
      action: "account.linked",
      model: null,
      detail: { purpose: "invitation", ...input },
    });
    return link;
  });
}

/** A link by which the user chooses another password; an earlier one is not valid any more. Throws `account_not_found`. */
export function resetPassword(ctx: AccountsCtx, { id }: { id: string }): Promise<LinkWire> {
  assertMay(ctx, "account.manage");
  return changeAccounts(ctx, async (tx, record) => {
    const row = await getAccountRow(tx, { id }, "user");
    const link = await insertLink(tx, ctx, { purpose: "reset", accountId: row.id });
    await record(accountChange("account.linked", row, { purpose: "reset" }));
    return link;
  });
}
