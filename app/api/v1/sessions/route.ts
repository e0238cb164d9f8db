import {
  endedSessionsSchema,
  listSessionsQuery,
  sessionListSchema,
} from "#lib/accounts/credential-schema.ts";
import { endOtherSessions, listSessions } from "#lib/accounts/sessions.ts";
import { pageReply } from "#lib/http/page-links.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/sessions",
  operation: "list_sessions",
  permission: "self.manage",
  summary: "List one's own sessions, or everybody's for an administrator",
  group: "Accounts",
  query: listSessionsQuery,
  responses: { 200: sessionListSchema },
  errors: ["invalid_cursor"],
  handle: async ({ ctx, request, query }) => pageReply(request, await listSessions(ctx, query)),
});

export const DELETE = route({
  method: "DELETE",
  path: "/sessions",
  operation: "end_other_sessions",
  permission: "self.manage",
  summary: "End all of one's own sessions but the one that asks",
  group: "Accounts",
  responses: { 200: endedSessionsSchema },
  handle: ({ ctx }) => endOtherSessions(ctx),
});
