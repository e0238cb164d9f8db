import { handOver } from "#lib/accounts/hand-over.ts";
import { handoverBody, handoverSchema } from "#lib/accounts/schema.ts";
import { idParams } from "#lib/http/path-schema.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/users/{id}/handover",
  operation: "hand_over",
  permission: "account.manage",
  summary: "Make somebody else the owner of all models that an account owns",
  group: "Accounts",
  params: idParams,
  body: handoverBody,
  responses: { 200: handoverSchema },
  errors: ["account_not_found"],
  handle: ({ ctx, params, body }) => handOver(ctx, { ...params, ...body }),
});
