import { resetPassword } from "#lib/accounts/create-account.ts";
import { linkSchema } from "#lib/accounts/schema.ts";
import { idParams } from "#lib/http/path-schema.ts";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/users/{id}/reset-link",
  operation: "create_reset_link",
  permission: "account.manage",
  summary: "Make a link by which the user chooses another password",
  group: "Accounts",
  params: idParams,
  responses: { 201: linkSchema },
  errors: ["account_not_found"],
  handle: async ({ ctx, params }) => new Reply(201, await resetPassword(ctx, params)),
});
