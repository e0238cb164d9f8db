import { rotateBody, signingKeyListSchema } from "#lib/accounts/credential-schema.ts";
import { listSigningKeys, rotateSigningKeys } from "#lib/accounts/rotate-keys.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/signing-keys",
  operation: "list_signing_keys",
  permission: "account.manage",
  summary: "List the keys that tokens are signed with",
  group: "Accounts",
  responses: { 200: signingKeyListSchema },
  handle: ({ ctx }) => listSigningKeys(ctx),
});

export const POST = route({
  method: "POST",
  path: "/signing-keys",
  operation: "rotate_signing_keys",
  permission: "account.manage",
  summary:
    "Make another signing key, which signs from tomorrow on, or at once with the end of all others",
  group: "Accounts",
  body: rotateBody,
  responses: { 200: signingKeyListSchema },
  handle: ({ ctx, body }) => rotateSigningKeys(ctx, body),
});
