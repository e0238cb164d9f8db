import { invite } from "#lib/accounts/create-account.ts";
import { inviteBody, linkSchema } from "#lib/accounts/schema.ts";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/invitations",
  operation: "invite",
  permission: "account.manage",
  summary: "Make a link by which somebody makes an account with this role",
  group: "Accounts",
  body: inviteBody,
  responses: { 201: linkSchema },
  handle: async ({ ctx, body }) => new Reply(201, await invite(ctx, body)),
});
