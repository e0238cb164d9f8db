/** Accounts of tests, in the database of a registry without a server, and requests in their name. */
import { allRoutes } from "../../app/api/v1/manifest.ts";
import { type Role, SYSTEM } from "../../lib/access/actor.ts";
import type { AccountsCtx } from "../../lib/accounts/accounts-context.ts";
import { hashPassword } from "../../lib/accounts/passwords.ts";
import { insertAccount } from "../../lib/accounts/store.ts";
import { createToken, type NewToken } from "../../lib/accounts/tokens.ts";
import { inTransaction } from "../../lib/db/transaction.ts";
import type { ModelRegistry } from "./model-registry.ts";

export const PASSWORD = "correct horse battery";
const BASE_URL = "http://localhost";

export type TestAccount = { id: string; name: string; role: Role };
export type Given = {
  token?: string | undefined;
  body?: unknown;
  query?: string;
  form?: FormData;
  headers?: Record<string, string>;
};
// biome-ignore lint/suspicious/noExplicitAny: tests read JSON of many shapes and assert each value
export type Answered = { status: number; body: any; headers: Headers };

let hash: Promise<string> | undefined;

export async function makeAccount(
  registry: ModelRegistry,
  name: string,
  role: Role,
  kind: "user" | "service" = "user",
): Promise<TestAccount> {
  hash ??= hashPassword(PASSWORD);
  const passwordHash = await hash;
  const row = await inTransaction(registry.ctx.db, (tx) =>
    insertAccount(tx, { actor: SYSTEM }, { kind, name, role, passwordHash }),
  );
  return { id: row.id, name, role };
}

/** A personal token of the account; it may do all that the account may, unless `more` says less. */
export async function makeToken(
  registry: ModelRegistry,
  account: TestAccount,
  more: Partial<NewToken> = {},
): Promise<{ token: string; id: string }> {
  const fields: NewToken = {
    name: "test",
    scopes: ["admin"],
    models: [],
    expires_in_days: 1,
    ...more,
  };
  return createToken(contextOf(registry, account), { ...fields, baseUrl: BASE_URL });
}

/** Of somebody who has signed in as this account. */
export function contextOf(registry: ModelRegistry, { id, name, role }: TestAccount): AccountsCtx {
  const actor = { ...SYSTEM, id, name, role, kind: "user" as const };
  const credential = { kind: "token", id: crypto.randomUUID(), accountId: id } as const;
  return { ...registry.ctxFor(actor), credential };
}

/** Calls a route as our server does, with everything that is asked before it. */
export async function callRoute(
  operation: string,
  names: Record<string, string> = {},
  given: Given = {},
): Promise<Answered> {
  const route = allRoutes.find(({ declaration }) => declaration.operation === operation);
  if (!route) throw new Error(`there is no ${operation}`);
  const { method, path } = route.declaration;
  const all = { ref: "latest", path: "model.safetensors", ...names } as Record<string, string>;
  const used = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = ""]) => name);
  const params = Object.fromEntries(
    used.map((name) => [name, name === "path" ? [all.path ?? ""] : (all[name] ?? "")]),
  );
  const body = given.form ?? (given.body === undefined ? undefined : JSON.stringify(given.body));
  const request = new Request(`${BASE_URL}/api/v1${path}?${given.query ?? ""}`, {
    method,
    ...(body === undefined ? {} : { body }),
    headers: {
      ...(given.body === undefined ? {} : { "Content-Type": "application/json" }),
      ...(given.token === undefined ? {} : { Authorization: `Bearer ${given.token}` }),
      ...given.headers,
    },
  });
  const response = await route(request, {
    params: Promise.resolve(used.length === 0 ? undefined : params),
  });
  const isJson = response.headers.get("content-type")?.includes("json");
  if (!isJson) await response.body?.cancel();
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? await response.json() : null,
  };
}
