import { assertMay } from "#lib/access/policy.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import { likeLiteral } from "#lib/db/like-literal.ts";
import { RegistryError } from "#lib/errors.ts";
import type { AccountsCtx } from "./accounts-context.ts";
import { OWNERLESS } from "./plan-switch.ts";
import { accountChange, changeAccounts, getAccountRow } from "./store.ts";

/**
 * Makes an account the owner of the models that nobody owns: all of them, or those whose names `models` gives, each in full
 * or as a beginning followed by `*`. Gives their names. Throws `account_not_found`.
 */
export function assignOwners(
  ctx: AccountsCtx,
  { owner, models }: { owner: string; models: readonly string[] },
): Promise<string[]> {
  assertMay(ctx, "account.manage");
  return changeAccounts(ctx, async (tx, record) => {
    const account = await getAccountRow(tx, { name: owner });
    if (account.disabledAt !== null)
      throw new RegistryError("invalid_request", `The account ${owner} is disabled.`);
    const patterns = models.map((text) => likeLiteral(text.toLowerCase()).replace(/\*$/, "%"));
    const isMeant =
      patterns.length === 0 ? Prisma.sql`true` : Prisma.sql`name_key like any(${patterns}::text[])`;
    const rows = await tx.$queryRaw<{ name: string }[]>`
      with meant as (select id, name from model where ${OWNERLESS} and ${isMeant}),
      given as (
        insert into model_grant (model_id, account_id, level, created_by)
        select id, ${account.id}::uuid, 'owner', ${ctx.actor.name} from meant
        on conflict (model_id, account_id) do update set level = 'owner')
      select name from meant order by name`;
    const names = rows.map(({ name }) => name);
    if (names.length > 0) await record(accountChange("account.updated", account, { owns: names }));
    return names;
  });
}
