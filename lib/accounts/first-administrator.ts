import type { AccountsCtx } from "./accounts-context.ts";
import { insertLink } from "./one-time-links.ts";
import { hashPassword } from "./passwords.ts";
import type { LinkWire } from "./schema.ts";
import { accountNameSchema, passwordSchema } from "./schema.ts";
import { accountChange, changeAccounts, insertAccount } from "./store.ts";

export type FirstAdministrator =
  | { kind: "there" }
  | { kind: "created"; name: string }
  | { kind: "link"; link: LinkWire };

/**
 * Where nobody is administrator, makes the one of the environment, or a link by which somebody becomes it. An earlier link
 * ends. There is no default password. To be called at start, as the system.
 */
export function ensureAdministrator(ctx: AccountsCtx): Promise<FirstAdministrator> {
  return changeAccounts(ctx, async (tx, record): Promise<FirstAdministrator> => {
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended('administrators', 0))`;
    if (
      (await tx.account.count({
        where: { role: "administrator", kind: "user", disabledAt: null },
      })) > 0
    )
      return { kind: "there" };
    const given = ctx.config.auth.firstAdministrator;
    if (given === null)
      return {
        kind: "link",
        link: await insertLink(tx, ctx, { purpose: "first-administrator", role: "administrator" }),
      };
    const row = await insertAccount(tx, ctx, {
      kind: "user",
      name: accountNameSchema.parse(given.name),
      role: "administrator",
      passwordHash: await hashPassword(passwordSchema.parse(given.password)),
    });
    await record(accountChange("account.created", row, { role: row.role, by: "environment" }));
    return { kind: "created", name: row.name };
  });
}
