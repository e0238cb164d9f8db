import { removeGrant } from "#lib/accounts/grants.ts";
import { grantParams } from "#lib/http/path-schema.ts";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";

export const DELETE = route({
  method: "DELETE",
  path: "/models/{name}/grants/{id}",
  operation: "remove_grant",
  permission: "model.share",
  summary: "Take a grant away",
  group: "Models",
  params: grantParams,
  responses: { 204: null },
  errors: ["model_not_found", "grant_not_found"],
  handle: async ({ ctx, params }) => {
    await removeGrant(ctx, params);
    return new Reply(204);
  },
});
