import { describeRights } from "#lib/accounts/describe-rights.ts";
import { rightsQuery, rightsSchema } from "#lib/accounts/schema.ts";
import { idParams } from "#lib/http/path-schema.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/users/{id}/permissions",
  operation: "describe_permissions",
  permission: "account.manage",
  summary: "What an account may do: in general or with one model, now or with another role",
  group: "Accounts",
  params: idParams,
  query: rightsQuery,
  responses: { 200: rightsSchema },
  errors: ["account_not_found", "model_not_found"],
  handle: ({ ctx, params, query }) => describeRights(ctx, { ...params, ...query }),
});
