import { describeMe } from "#lib/accounts/describe-rights.ts";
import { meSchema } from "#lib/accounts/schema.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/me",
  operation: "get_me",
  permission: "self.read",
  summary: "Who one is, and what one may do",
  group: "Accounts",
  responses: { 200: meSchema },
  handle: async ({ ctx }) => describeMe(ctx),
});
