import type { z } from "zod";
import { assertMay } from "#lib/access/policy.ts";
import { recordChange } from "#lib/audit/record-change.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import type { AccountsCtx } from "./accounts-context.ts";
import type { signingKeyListSchema } from "./credential-schema.ts";

type KeyList = z.infer<typeof signingKeyListSchema>;

export async function listSigningKeys(ctx: AccountsCtx): Promise<KeyList> {
  assertMay(ctx, "account.manage");
  const keys = await ctx.accounts.keys.states();
  return {
    items: keys.map(({ kid, state, activeAt }) => ({
      kid,
      state,
      active_at: activeAt.toISOString(),
    })),
  };
}

/** The next key is published before it signs; with `revoke_others` it signs at once and every token and session ends. */
export async function rotateSigningKeys(
  ctx: AccountsCtx,
  { revoke_others: revokeOthers }: { revoke_others: boolean },
): Promise<KeyList> {
  assertMay(ctx, "account.manage");
  await ctx.accounts.keys.rotate({ revokeOthers });
  await inTransaction(ctx.db, (tx) =>
    recordChange(tx, ctx, {
      action: "key.rotated",
      model: null,
      detail: { revoke_others: revokeOthers },
    }),
  );
  await ctx.accounts.forgetEverywhere();
  return listSigningKeys(ctx);
}
