import { randomUUID } from "node:crypto";
import { may } from "#lib/access/policy.ts";
import type { AccountsCtx } from "./accounts-context.ts";

/** Long enough to begin the downloads of one load; one that has begun goes on after it. */
const LENT_MINUTES = 15;

export type LentToken = { token: string; expires_at: string };

/**
 * A token of the account that asks, for downloads of one model and for a short time: an agent lends it to machines that need
 * not have one of their own. null where nobody needs one, and where the token that asks may not read models itself.
 */
export async function lendDownloadToken(
  ctx: AccountsCtx,
  { model, purpose }: { model: string; purpose: string },
): Promise<LentToken | null> {
  const accountId = ctx.credential?.accountId;
  if (!ctx.config.api.authRequired || accountId === undefined || !may(ctx, "model.read"))
    return null;
  const expiresAt = new Date(ctx.now().getTime() + LENT_MINUTES * 60_000);
  const { id } = await ctx.db.apiToken.create({
    data: {
      id: randomUUID(),
      // Not one of those that its owner made, and so in no list of them.
      kind: "lent",
      accountId,
      name: purpose,
      scopes: ["models:read"],
      models: [model],
      createdBy: ctx.actor.name,
      expiresAt,
    },
  });
  const token = await ctx.accounts.jwts.sign("api", {
    sub: accountId,
    sid: id,
    jti: id,
    expiresAt,
  });
  return { token, expires_at: expiresAt.toISOString() };
}
