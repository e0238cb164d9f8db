import {
  createdTokenSchema,
  createTokenBody,
  tokenListSchema,
} from "#lib/accounts/credential-schema.ts";
import { createToken, listTokens } from "#lib/accounts/tokens.ts";
import { idParams } from "#lib/http/path-schema.ts";
import { Reply } from "#lib/http/route.ts";
import { baseUrlOf, route } from "#lib/server.ts";

const common = {
  path: "/service-accounts/{id}/tokens",
  group: "Accounts",
  params: idParams,
  errors: ["account_not_found"],
} as const;

export const GET = route({
  ...common,
  method: "GET",
  operation: "list_service_tokens",
  permission: "account.manage",
  summary: "List the tokens of a service account",
  responses: { 200: tokenListSchema },
  handle: ({ ctx, params }) => listTokens(ctx, { service: params.id }),
});

export const POST = route({
  ...common,
  method: "POST",
  operation: "create_service_token",
  permission: "account.manage",
  summary: "Make a token of a service account, which is shown this one time",
  body: createTokenBody,
  responses: { 201: createdTokenSchema },
  handle: async ({ ctx, request, params, body }) =>
    new Reply(
      201,
      await createToken(ctx, { ...body, service: params.id, baseUrl: baseUrlOf(ctx, request) }),
    ),
});
