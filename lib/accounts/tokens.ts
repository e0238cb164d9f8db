/** Tokens that somebody makes for himself, or an administrator for a service account: each is one row and one JWT. */
import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { assertMay, may } from "#lib/access/policy.ts";
import type { ApiToken, Prisma } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import type { AccountsCtx } from "./accounts-context.ts";
import type { createdTokenSchema, createTokenBody, TokenWire } from "./credential-schema.ts";
import { NOBODY, ownId } from "./sessions.ts";
import { accountChange, changeAccounts, getAccountRow } from "./store.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** Of one account; nobody keeps more apart. */
const TOKENS_MAX = 500;

export type NewToken = z.output<typeof createTokenBody>;

/**
 * A token for the account that asks, or with `service` for that service account. `baseUrl` is where clients find this
 * server. Throws `account_not_found`, `forbidden`.
 */
export async function createToken(
  ctx: AccountsCtx,
  input: NewToken & { service?: string; baseUrl: string },
): Promise<z.infer<typeof createdTokenSchema>> {
  assertMay(ctx, input.service === undefined ? "self.manage" : "account.manage");
  // A service account becomes an agent by this scope, whatever its role: it must not give it itself.
  if (input.service === undefined && input.scopes.includes("cluster:agent"))
    assertMay(ctx, "cluster.agent");
  const { row, accountId } = await changeAccounts(ctx, async (tx, record) => {
    const account =
      input.service === undefined
        ? await getAccountRow(tx, { id: requireOwnId(ctx) })
        : await getAccountRow(tx, { id: input.service }, "service");
    const where = { accountId: account.id, kind: "personal", revokedAt: null };
    if (
      (await tx.apiToken.count({ where: { ...where, expiresAt: { gt: ctx.now() } } })) >= TOKENS_MAX
    )
      throw new RegistryError(
        "forbidden",
        `${TOKENS_MAX} tokens are in use. Revoke some of them first.`,
      );
    const made = await tx.apiToken.create({
      data: {
        id: randomUUID(),
        kind: "personal",
        accountId: account.id,
        name: input.name,
        scopes: input.scopes,
        models: input.models.includes("*") ? [] : input.models,
        createdBy: ctx.actor.name,
        expiresAt: await endOf(ctx, tx, input),
      },
    });
    const detail = { token: made.id, name: made.name, scopes: made.scopes, models: made.models };
    await record({ ...accountChange("account.updated", account, detail), action: "token.created" });
    return { row: made, accountId: account.id };
  });
  const token = await ctx.accounts.jwts.sign("api", {
    sub: accountId,
    sid: row.id,
    jti: row.id,
    expiresAt: row.expiresAt,
  });
  const environment = `export MODEL_REGISTRY_URL=${input.baseUrl}\nexport MODEL_REGISTRY_TOKEN=${token}\n`;
  return { ...tokenToWire(row), token, environment };
}

/**
 * When the new token ends: with the one that makes it, at the latest. Whoever finds a token could otherwise keep what it gives
 * for ever.
 */
async function endOf(
  ctx: AccountsCtx,
  tx: TransactionClient,
  { expires_in_days: days, service }: NewToken & { service?: string },
): Promise<Date> {
  const wanted = new Date(ctx.now().getTime() + days * DAY_MS);
  const { tokenId } = ctx.actor;
  if (!tokenId || service !== undefined) return wanted;
  const by = await tx.apiToken.findUnique({ where: { id: tokenId } });
  return by?.kind === "personal" && by.expiresAt < wanted ? by.expiresAt : wanted;
}

/** The tokens that are valid: of the account that asks, or for an administrator of a `user` or a `service` account. */
export async function listTokens(
  ctx: AccountsCtx,
  { service, user }: { service?: string; user?: string | undefined },
): Promise<{ items: TokenWire[] }> {
  const asked = service ?? user;
  assertMay(ctx, asked === undefined ? "self.manage" : "account.manage");
  if (service !== undefined) await getAccountRow(ctx.db, { id: service }, "service");
  const rows = await ctx.db.apiToken.findMany({
    where: {
      accountId: asked ?? ownId(ctx) ?? NOBODY,
      kind: "personal",
      revokedAt: null,
      expiresAt: { gt: ctx.now() },
    },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: TOKENS_MAX,
  });
  return { items: rows.map(tokenToWire) };
}

/** One's own, or anybody's for an administrator. Throws `token_not_found`, for somebody else's as for none. */
export async function revokeToken(ctx: AccountsCtx, { id }: { id: string }): Promise<void> {
  assertMay(ctx, "self.manage");
  const isAnybodys = may(ctx, "account.manage");
  await revokeWhere(ctx, { id, ...(isAnybodys ? {} : { accountId: ownId(ctx) ?? NOBODY }) });
}

/** Throws `token_not_found`. */
export async function revokeWhere(
  ctx: AccountsCtx,
  where: Prisma.ApiTokenWhereInput,
): Promise<void> {
  await changeAccounts(ctx, async (tx, record) => {
    const row = await tx.apiToken.findFirst({
      where: { ...where, revokedAt: null },
      include: { account: { select: { id: true, name: true } } },
    });
    if (row === null)
      throw new RegistryError("token_not_found", "There is no such token, or it was revoked.");
    await tx.apiToken.update({ where: { id: row.id }, data: { revokedAt: ctx.now() } });
    const detail = { token: row.id, name: row.name };
    await record({
      ...accountChange("account.updated", row.account, detail),
      action: "token.revoked",
    });
  });
}

/** Throws `account_not_found` for anonymous. */
export function requireOwnId(ctx: AccountsCtx): string {
  const id = ownId(ctx);
  if (id !== null) return id;
  throw new RegistryError("account_not_found", "Anonymous has no account: sign in to do this.");
}

function tokenToWire(row: ApiToken): TokenWire {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes as TokenWire["scopes"],
    models: row.models,
    created_at: row.createdAt.toISOString(),
    created_by: row.createdBy,
    expires_at: row.expiresAt.toISOString(),
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
  };
}
