import type { z } from "zod";
import { assertMay } from "#lib/access/policy.ts";
import type { Prisma } from "#lib/db/generated/client.ts";
import { RegistryError } from "#lib/errors.ts";
import type { AccountsCtx } from "./accounts-context.ts";
import { hashPassword, isPassword } from "./passwords.ts";
import { assertNotName, endEverything } from "./redeem-link.ts";
import type { AccountWire, updateUserBody } from "./schema.ts";
import {
  accountChange,
  accountToWire,
  assertAdministratorLeft,
  changeAccounts,
  getAccountRow,
  withFacts,
} from "./store.ts";
import { requireOwnId } from "./tokens.ts";

type UpdateAccountInput = z.output<typeof updateUserBody> & {
  id: string;
  kind: AccountWire["kind"];
};

/** Role, quota, texts, and whether it is disabled: all act on the next request. Throws `account_not_found`, `last_administrator`. */
export function updateAccount(
  ctx: AccountsCtx,
  { id, kind, ...input }: UpdateAccountInput,
): Promise<AccountWire> {
  assertMay(ctx, "account.manage");
  return changeAccounts(ctx, async (tx, record) => {
    const before = await getAccountRow(tx, { id }, kind);
    const { display_name, disabled, quota_bytes, ...rest } = input;
    const data: Prisma.AccountUpdateInput = {
      ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
      ...(display_name === undefined ? {} : { displayName: display_name }),
      ...(disabled === undefined
        ? {}
        : { disabledAt: disabled ? (before.disabledAt ?? ctx.now()) : null }),
      ...(quota_bytes === undefined
        ? {}
        : { quotaBytes: quota_bytes === null ? null : BigInt(quota_bytes) }),
    };
    const after = await tx.account.update({ where: { id }, data, include: withFacts });
    if (isAdministrator(before) && !isAdministrator(after)) await assertAdministratorLeft(tx);
    if (disabled) await endEverything(tx, id);
    const [was, is] = [accountToWire(before), accountToWire(after)];
    const changed = Object.keys(input).filter((key) => key in was) as (keyof AccountWire)[];
    const pick = (wire: AccountWire) => Object.fromEntries(changed.map((key) => [key, wire[key]]));
    await record(accountChange("account.updated", after, { before: pick(was), after: pick(is) }));
    return is;
  });
}

/**
 * Somebody leaves: the account is disabled, its sessions, tokens, grants and memberships end. Its name stays taken, so
 * that what is written under it never seems to be somebody else's. Throws `account_not_found`, `last_administrator`.
 */
export async function removeAccount(
  ctx: AccountsCtx,
  { id, kind }: { id: string; kind: AccountWire["kind"] },
): Promise<void> {
  assertMay(ctx, "account.manage");
  await changeAccounts(ctx, async (tx, record) => {
    const before = await getAccountRow(tx, { id }, kind);
    await tx.account.update({
      where: { id },
      data: { disabledAt: before.disabledAt ?? ctx.now(), passwordHash: null, role: "reader" },
    });
    if (isAdministrator(before)) await assertAdministratorLeft(tx);
    await endEverything(tx, id);
    await tx.apiToken.updateMany({
      where: { accountId: id, revokedAt: null },
      data: { revokedAt: ctx.now() },
    });
    const owned = await tx.modelGrant.findMany({
      where: { accountId: id },
      select: { model: { select: { name: true } }, level: true },
    });
    await tx.modelGrant.deleteMany({ where: { accountId: id } });
    await tx.membership.deleteMany({ where: { accountId: id } });
    await tx.oneTimeLink.deleteMany({ where: { accountId: id } });
    const grants = owned.map(({ model, level }) => [model.name, level]);
    await record(accountChange("account.left", before, { role: before.role, grants }));
  });
}

/** One's own; the other sessions and families end. Throws `invalid_credentials`, `rate_limited`. */
export async function changePassword(
  ctx: AccountsCtx,
  input: { current_password: string; new_password: string },
): Promise<void> {
  assertMay(ctx, "self.manage");
  const account = await getAccountRow(ctx.db, { id: requireOwnId(ctx) });
  const { limits } = ctx.accounts;
  await limits.consume("sign_in", account.id);
  if (!(await isPassword(account.passwordHash, input.current_password)))
    throw new RegistryError("invalid_request", "The current password is wrong.", {
      problems: [{ pointer: "/current_password", detail: "is wrong" }],
    });
  await limits.giveBack("sign_in", account.id);
  assertNotName(input.new_password, account.name);
  const passwordHash = await hashPassword(input.new_password);
  await changeAccounts(ctx, async (tx, record) => {
    await tx.account.update({ where: { id: account.id }, data: { passwordHash } });
    await endEverything(
      tx,
      account.id,
      ctx.credential?.kind === "session" ? ctx.credential.id : undefined,
    );
    await record(accountChange("account.updated", account, { changed: ["password"] }));
  });
}

function isAdministrator({
  role,
  kind,
  disabledAt,
}: {
  role: string;
  kind: string;
  disabledAt: Date | null;
}): boolean {
  return role === "administrator" && kind === "user" && disabledAt === null;
}
