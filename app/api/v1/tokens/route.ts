import {
  createdTokenSchema,
  createTokenBody,
  listTokensQuery,
  tokenListSchema,
} from "#lib/accounts/credential-schema.ts";
import { createToken, listTokens } from "#lib/accounts/tokens.ts";
import { Reply } from "#lib/http/route.ts";
import { baseUrlOf, route } from "#lib/server.ts";

const common = {
  path: "/tokens",
  group: "Accounts",
} as const;

export const GET = route({
  ...common,
  method: "GET",
  operation: "list_tokens",
  permission: "self.manage",
  summary: "List one's own tokens, or those of an account for an administrator",
  query: listTokensQuery,
  responses: { 200: tokenListSchema },
  handle: ({ ctx, query }) => listTokens(ctx, query),
});

export const POST = route({
  ...common,
  method: "POST",
  operation: "create_token",
  permission: "self.manage",
  summary: "Make a token, which is shown this one time",
  body: createTokenBody,
  responses: { 201: createdTokenSchema },
  handle: async ({ ctx, request, body }) =>
    new Reply(201, await createToken(ctx, { ...body, baseUrl: baseUrlOf(ctx, request) })),
});
