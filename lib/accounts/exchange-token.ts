/**
 * `POST /auth/token`: a password or a refresh token for a token of a quarter of an hour. A refresh token works once; when one
 * comes a second time, two have it, so that nobody keeps any token of that family (RFC 9700, section 4.14.2).
 */
import { randomUUID } from "node:crypto";
import type { z } from "zod";
import type { Scope } from "#lib/access/actor.ts";
import type { ApiToken } from "#lib/db/generated/client.ts";
import { RegistryError } from "#lib/errors.ts";
import type { AccountsCtx } from "./accounts-context.ts";
import type { ExchangeInput, exchangedSchema } from "./credential-schema.ts";
import { networkOf } from "./limits.ts";
import { checkPassword } from "./sign-in.ts";
import { changeAccounts } from "./store.ts";
import { revokeWhere } from "./tokens.ts";

const ACCESS_MS = 15 * 60 * 1000;
const FAMILY_MS = 30 * 24 * 60 * 60 * 1000;

type Exchanged = z.infer<typeof exchangedSchema>;
type Family = Pick<ApiToken, "id" | "accountId" | "scopes" | "expiresAt"> & { refreshId: string };

/** Throws `invalid_credentials`, `rate_limited`. */
export async function exchangeToken(ctx: AccountsCtx, input: ExchangeInput): Promise<Exchanged> {
  const family =
    input.grant_type === "password"
      ? await beginFamily(ctx, input)
      : await goOn(ctx, input.refresh_token);
  const { id: sid, accountId: sub, refreshId, expiresAt } = family;
  const now = ctx.now().getTime();
  const accessUntil = new Date(Math.min(now + ACCESS_MS, expiresAt.getTime()));
  const { jwts } = ctx.accounts;
  return {
    access_token: await jwts.sign("api", { sub, sid, expiresAt: accessUntil }),
    token_type: "Bearer",
    expires_in: Math.floor((accessUntil.getTime() - now) / 1000),
    refresh_token: await jwts.sign("refresh", { sub, sid, jti: refreshId, expiresAt }),
    scope: family.scopes.join(" "),
  };
}

async function beginFamily(
  ctx: AccountsCtx,
  { username, password, scopes }: { username: string; password: string; scopes: Scope[] },
): Promise<Family> {
  const account = await checkPassword(ctx, { name: username, password });
  const refreshId = randomUUID();
  const asAccount = { ...ctx, actor: { ...ctx.actor, id: account.id, name: account.name } };
  return changeAccounts(asAccount, async (tx, record) => {
    const row = await tx.apiToken.create({
      data: {
        id: randomUUID(),
        kind: "family",
        accountId: account.id,
        name: "sign-in",
        scopes,
        refreshId,
        createdBy: account.name,
        expiresAt: new Date(ctx.now().getTime() + FAMILY_MS),
      },
    });
    await record({ action: "session.started", model: null, detail: { token: row.id, scopes } });
    return { ...row, refreshId };
  });
}

async function goOn(ctx: AccountsCtx, refreshToken: string): Promise<Family> {
  await ctx.accounts.limits.consume("token", networkOf(ctx.address));
  const claims = await ctx.accounts.jwts.verify("refresh", refreshToken);
  if (claims === null) throw refused();
  const next = randomUUID();
  const [row] = await ctx.db.$queryRaw<Omit<Family, "refreshId">[]>`
    update api_token as t set refresh_id = ${next}::uuid, last_used_at = now()
    from account as a
    where t.id = ${claims.sid}::uuid and t.kind = 'family' and t.refresh_id = ${claims.jti}::uuid
      and t.revoked_at is null and t.expires_at > now()
      and a.id = t.account_id and a.id = ${claims.sub}::uuid and a.disabled_at is null
    returning t.id, t.account_id as "accountId", t.scopes, t.expires_at as "expiresAt"`;
  if (row !== undefined) return { ...row, refreshId: next };
  await revokeWhere(ctx, { id: claims.sid, kind: "family" }).catch((error) => {
    if ((error as { code?: string }).code !== "token_not_found") throw error;
  });
  throw refused();
}

/** `POST /auth/revoke` (RFC 7009): whoever has a token may end it. What is no valid token is as good as revoked. */
export async function revokePresented(ctx: AccountsCtx, token: string): Promise<void> {
  const { jwts } = ctx.accounts;
  const claims = (await jwts.verify("refresh", token)) ?? (await jwts.verify("api", token));
  if (claims === null) return;
  await revokeWhere(ctx, { id: claims.sid, accountId: claims.sub }).catch((error) => {
    if ((error as { code?: string }).code !== "token_not_found") throw error;
  });
}

function refused(): RegistryError {
  return new RegistryError(
    "invalid_credentials",
    "The refresh token is not valid any more. Sign in again.",
  );
}
