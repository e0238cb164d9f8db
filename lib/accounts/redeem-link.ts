import { RegistryError } from "#lib/errors.ts";
import type { AccountsCtx } from "./accounts-context.ts";
import { networkOf } from "./limits.ts";
import { takeLink } from "./one-time-links.ts";
import { hashPassword } from "./passwords.ts";
import { accountChange, changeAccounts, getAccountRow, insertAccount } from "./store.ts";

export type RedeemLinkInput = {
  token: string;
  name?: string | undefined;
  display_name?: string | undefined;
  password: string;
};

/**
 * Makes the account of an invitation or the first administrator, or gives an account another password, whose sessions and
 * tokens end. Throws `link_not_found`, `account_exists`, `invalid_request`, `rate_limited`.
 */
export async function redeemLink(
  ctx: AccountsCtx,
  input: RedeemLinkInput,
): Promise<{ user: { id: string; name: string } }> {
  await ctx.accounts.limits.consume("sign_in", networkOf(ctx.address));
  if (input.name !== undefined) assertNotName(input.password, input.name);
  const passwordHash = await hashPassword(input.password);
  const user = await changeAccounts(ctx, async (tx, record) => {
    const link = await takeLink(tx, input.token);
    if (link.accountId !== null) {
      const account = await getAccountRow(tx, { id: link.accountId });
      assertNotName(input.password, account.name);
      await tx.account.update({ where: { id: account.id }, data: { passwordHash } });
      await endEverything(tx, account.id);
      await record(
        accountChange("account.updated", account, { changed: ["password"], by: link.purpose }),
      );
      return account;
    }
    if (input.name === undefined)
      throw new RegistryError("invalid_request", "Choose a name.", {
        problems: [{ pointer: "/name", detail: "is required" }],
      });
    const account = await insertAccount(tx, ctx, {
      kind: "user",
      name: input.name,
      displayName: input.display_name,
      email: link.email ?? undefined,
      role: (link.role ?? "reader") as "reader",
      passwordHash,
    });
    await record(
      accountChange("account.created", account, { role: account.role, by: link.purpose }),
    );
    return account;
  });
  await ctx.accounts.limits.giveBack("sign_in", networkOf(ctx.address));
  return { user: { id: user.id, name: user.name } };
}

/** Throws `invalid_request` for the one password that everybody tries first. */
export function assertNotName(password: string, name: string): void {
  if (password.toLowerCase() !== name.toLowerCase()) return;
  throw new RegistryError("invalid_request", "The password is the name: choose another one.", {
    problems: [{ pointer: "/password", detail: "is the name" }],
  });
}

type Ending = Pick<Parameters<Parameters<typeof changeAccounts>[1]>[0], "session" | "apiToken">;

/** Ends all sessions and families of an account, but the session that is asked from; personal tokens stay. */
export async function endEverything(
  tx: Ending,
  accountId: string,
  exceptSession?: string,
): Promise<void> {
  const now = new Date();
  await tx.session.updateMany({
    where: { accountId, endedAt: null, ...(exceptSession ? { id: { not: exceptSession } } : {}) },
    data: { endedAt: now },
  });
  await tx.apiToken.updateMany({
    where: { accountId, kind: "family", revokedAt: null },
    data: { revokedAt: now },
  });
}
