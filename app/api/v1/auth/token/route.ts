import { exchangeBody, exchangedSchema } from "#lib/accounts/credential-schema.ts";
import { exchangeToken } from "#lib/accounts/exchange-token.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/auth/token",
  operation: "exchange_token",
  permission: "public",
  summary: "Get a token of a quarter of an hour for a password or a refresh token",
  description:
    "A refresh token works once; the answer has the next one. One that comes a second time ends all tokens that were refreshed from the same sign-in.",
  group: "Accounts",
  body: exchangeBody,
  responses: { 200: exchangedSchema },
  errors: ["invalid_credentials", "rate_limited"],
  handle: ({ ctx, body }) => exchangeToken(ctx, body),
});
