import { endSession } from "#lib/accounts/sessions.ts";
import { idParams } from "#lib/http/path-schema.ts";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";

export const DELETE = route({
  method: "DELETE",
  path: "/sessions/{id}",
  operation: "end_session",
  permission: "self.manage",
  summary: "End a session: one's own, or anybody's for an administrator",
  group: "Accounts",
  params: idParams,
  responses: { 204: null },
  errors: ["session_not_found"],
  handle: async ({ ctx, params }) => {
    await endSession(ctx, params);
    return new Reply(204);
  },
});
