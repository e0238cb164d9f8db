import { recordRefusedSession } from "#lib/audit/record-access.ts";
import type { Account } from "#lib/db/generated/client.ts";
import { RegistryError } from "#lib/errors.ts";
import type { AccountsCtx } from "./accounts-context.ts";
import { networkOf } from "./limits.ts";
import { isPassword } from "./passwords.ts";
import { nameKey } from "./store.ts";

/**
 * The account of a name and a password. An unknown name, a wrong password and a disabled account are refused alike, and
 * after the same work. Throws `invalid_credentials`, `rate_limited`.
 */
export async function checkPassword(
  ctx: AccountsCtx,
  { name, password }: { name: string; password: string },
): Promise<Account> {
  const { limits } = ctx.accounts;
  const from = networkOf(ctx.address);
  const headers = await limits.consume("sign_in", from);
  // PostgreSQL has no text with NUL; no name has one.
  const account = await ctx.db.account.findUnique({
    where: { nameKey: nameKey(name).replaceAll("\0", " ") },
  });
  const isRight = await isPassword(account?.passwordHash ?? null, password);
  if (account !== null && isRight && account.disabledAt === null && account.kind === "user") {
    await limits.giveBack("sign_in", from);
    return account;
  }
  const { address, requestId } = ctx;
  recordRefusedSession(ctx.audit, { name, reason: "password", address, requestId });
  ctx.log.warn(
    { operation: "sign_in", address: ctx.address, request_id: ctx.requestId },
    "refused",
  );
  throw new RegistryError("invalid_credentials", "The name or the password is wrong.", { headers });
}
