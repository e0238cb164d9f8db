import type { Ctx } from "#lib/context.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";

const ACCOUNT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whoever makes a model owns it. Nobody does while there are no accounts: a later switch says who does. */
export async function grantOwner(tx: TransactionClient, ctx: Ctx, modelId: bigint): Promise<void> {
  const { id, name } = ctx.actor;
  if (!ACCOUNT_ID.test(id)) return;
  await tx.$executeRaw`
    insert into model_grant (model_id, account_id, level, created_by)
    select ${modelId}, id, 'owner', ${name} from account where id = ${id}::uuid
    on conflict (model_id, account_id) do update set level = 'owner'`;
}
