import { assertMay } from "#lib/access/policy.ts";
import { RegistryError } from "#lib/errors.ts";
import type { AccountsCtx } from "./accounts-context.ts";
import { accountChange, changeAccounts, getAccountRow } from "./store.ts";

/**
 * Whoever is named owns the models that an account owned, which keeps nothing of them; of both grants the higher one
 * stays. Throws `account_not_found`, `invalid_request`.
 */
export async function handOver(
  ctx: AccountsCtx,
  { id, to }: { id: string; to: string },
): Promise<{ models: number }> {
  assertMay(ctx, "account.manage");
  const models = await changeAccounts(ctx, async (tx, record) => {
    const from = await getAccountRow(tx, { id });
    const heir = await getAccountRow(tx, { name: to });
    if (heir.id === from.id || heir.disabledAt !== null)
      throw new RegistryError("invalid_request", `${heir.name} cannot take them over.`, {
        problems: [{ pointer: "/to", detail: "is the same account, or disabled" }],
      });
    const moved = await tx.$queryRaw<{ name: string }[]>`
      with taken as (
        delete from model_grant where account_id = ${from.id}::uuid and level = 'owner' returning model_id
      ), given as (
        insert into model_grant (model_id, account_id, level, created_by)
        select model_id, ${heir.id}::uuid, 'owner', ${ctx.actor.name} from taken
        on conflict (model_id, account_id) do update set level = 'owner' returning model_id
      )
      update model set owner = case when owner = ${from.name} then ${heir.name} else owner end
      from given where model.id = given.model_id returning model.name`;
    const detail = { to: { id: heir.id, name: heir.name }, models: moved.map(({ name }) => name) };
    await record({ ...accountChange("account.updated", from, detail) });
    return moved.length;
  });
  return { models };
}
