import { listGrants, setGrant } from "#lib/accounts/grants.ts";
import { grantListSchema, grantSchema, setGrantBody } from "#lib/accounts/schema.ts";
import { modelParams } from "#lib/http/path-schema.ts";
import { route } from "#lib/server.ts";

const common = { path: "/models/{name}/grants", group: "Models", params: modelParams } as const;

export const GET = route({
  ...common,
  method: "GET",
  operation: "list_grants",
  permission: "model.share",
  summary: "List who has more rights on a model than the role gives",
  responses: { 200: grantListSchema },
  errors: ["model_not_found"],
  handle: ({ ctx, params }) => listGrants(ctx, params),
});

export const PUT = route({
  ...common,
  method: "PUT",
  operation: "set_grant",
  permission: "model.share",
  summary: "Give a user or a group a level on a model: read, write or owner",
  body: setGrantBody,
  responses: { 200: grantSchema },
  errors: ["model_not_found", "account_not_found", "group_not_found"],
  handle: ({ ctx, params, body }) => setGrant(ctx, { ...params, ...body }),
});
