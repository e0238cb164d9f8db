import { changePasswordBody } from "#lib/accounts/schema.ts";
import { changePassword } from "#lib/accounts/update-account.ts";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";

export const PUT = route({
  method: "PUT",
  path: "/me/password",
  operation: "change_password",
  permission: "self.manage",
  summary: "Choose another password; all other sessions end",
  group: "Accounts",
  body: changePasswordBody,
  responses: { 204: null },
  handle: async ({ ctx, body }) => {
    await changePassword(ctx, body);
    return new Reply(204);
  },
});
