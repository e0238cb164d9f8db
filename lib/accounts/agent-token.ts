import { assertMay } from "#lib/access/policy.ts";
import { isRegistryError, RegistryError } from "#lib/errors.ts";
import type { AccountsCtx } from "./accounts-context.ts";
import { createServiceAccount } from "./create-account.ts";
import type { AccountWire } from "./schema.ts";
import { accountToWire, getAccountRow } from "./store.ts";
import { createToken, revokeWhere } from "./tokens.ts";

/** Whom agents act as that a server starts. Administrators find it, disable it, or take its rights away. */
const ACCOUNT = "cluster-agent";
/** The shortest time that a token can have; it is renewed long before. */
const DAYS = 1;

export type AgentToken = { id: string; token: string };

/**
 * A token for the agent that a server starts, in place of `previous`. It reads all models, since the loads that it carries
 * out are of all of them, and may nothing else. To be called as the system. Throws `account_not_found` where a person has
 * the account's name, and `forbidden` where the account is disabled.
 */
export async function renewAgentToken(
  ctx: AccountsCtx,
  { host, previous }: { host: string; previous: string | null },
): Promise<AgentToken> {
  assertMay(ctx, "account.manage");
  const account = await ensureAccount(ctx);
  if (account.disabled)
    throw new RegistryError("forbidden", `The account ${ACCOUNT} is disabled, or was removed.`);
  const made = await createToken(ctx, {
    service: account.id,
    name: `agent that the server on ${host} runs`,
    scopes: ["models:read", "cluster:agent"],
    models: [],
    expires_in_days: DAYS,
    baseUrl: "",
  });
  if (previous !== null) await revokeAgentToken(ctx, previous);
  return { id: made.id, token: made.token };
}

/** One that is gone already is gone. */
export async function revokeAgentToken(ctx: AccountsCtx, id: string): Promise<void> {
  await revokeWhere(ctx, { id }).catch((error: unknown) => {
    if (!isRegistryError(error) || error.code !== "token_not_found") throw error;
  });
}

async function ensureAccount(ctx: AccountsCtx): Promise<AccountWire> {
  const find = async () => accountToWire(await getAccountRow(ctx.db, { name: ACCOUNT }, "service"));
  return find().catch(async (error: unknown) => {
    if (!isRegistryError(error) || error.code !== "account_not_found") throw error;
    return createServiceAccount(ctx, {
      name: ACCOUNT,
      display_name: "Cluster agent",
      role: "administrator",
    }).catch((conflict: unknown) => {
      // Another server has made it meanwhile, unless a person has the name.
      if (isRegistryError(conflict) && conflict.code === "account_exists") return find();
      throw conflict;
    });
  });
}
