import { revokeToken } from "#lib/accounts/tokens.ts";
import { idParams } from "#lib/http/path-schema.ts";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";

export const DELETE = route({
  method: "DELETE",
  path: "/tokens/{id}",
  operation: "revoke_token",
  permission: "self.manage",
  summary: "Revoke a token: one's own, or anybody's for an administrator",
  group: "Accounts",
  params: idParams,
  responses: { 204: null },
  errors: ["token_not_found"],
  handle: async ({ ctx, params }) => {
    await revokeToken(ctx, params);
    return new Reply(204);
  },
});
