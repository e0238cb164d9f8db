import { revokeBody } from "#lib/accounts/credential-schema.ts";
import { revokePresented } from "#lib/accounts/exchange-token.ts";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/auth/revoke",
  operation: "revoke_presented_token",
  permission: "public",
  summary: "End a token that one has, with all that was refreshed from the same sign-in",
  description: "As RFC 7009 has it: a token that is not valid is as good as revoked.",
  group: "Accounts",
  body: revokeBody,
  responses: { 204: null },
  handle: async ({ ctx, body }) => {
    await revokePresented(ctx, body.token);
    return new Reply(204);
  },
});
