import { getAccount } from "#lib/accounts/list-accounts.ts";
import { accountSchema, updateUserBody } from "#lib/accounts/schema.ts";
import { removeAccount, updateAccount } from "#lib/accounts/update-account.ts";
import { idParams } from "#lib/http/path-schema.ts";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";

const common = {
  path: "/service-accounts/{id}",
  group: "Accounts",
  params: idParams,
} as const;

export const GET = route({
  ...common,
  method: "GET",
  operation: "get_service_account",
  permission: "account.manage",
  summary: "Get a service account",
  responses: { 200: accountSchema },
  errors: ["account_not_found"],
  handle: ({ ctx, params }) => getAccount(ctx, { ...params, kind: "service" }),
});

export const PATCH = route({
  ...common,
  method: "PATCH",
  operation: "update_service_account",
  permission: "account.manage",
  summary: "Change a service account's role, quota or texts, or disable it at once",
  body: updateUserBody,
  responses: { 200: accountSchema },
  errors: ["account_not_found", "last_administrator"],
  handle: ({ ctx, params, body }) => updateAccount(ctx, { ...params, ...body, kind: "service" }),
});

export const DELETE = route({
  ...common,
  method: "DELETE",
  operation: "remove_service_account",
  permission: "account.manage",
  summary: "End a service account's sessions, tokens and grants for good; the name stays taken",
  responses: { 204: null },
  errors: ["account_not_found", "last_administrator"],
  handle: async ({ ctx, params }) => {
    await removeAccount(ctx, { ...params, kind: "service" });
    return new Reply(204);
  },
});
