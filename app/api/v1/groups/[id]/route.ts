import { getGroup, removeGroup } from "#lib/accounts/groups.ts";
import { groupSchema } from "#lib/accounts/schema.ts";
import { idParams } from "#lib/http/path-schema.ts";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";

const common = {
  path: "/groups/{id}",
  group: "Accounts",
  params: idParams,
  errors: ["group_not_found"],
} as const;

export const GET = route({
  ...common,
  method: "GET",
  operation: "get_group",
  permission: "account.manage",
  summary: "Get a group with its members",
  responses: { 200: groupSchema },
  handle: ({ ctx, params }) => getGroup(ctx, params),
});

export const DELETE = route({
  ...common,
  method: "DELETE",
  operation: "remove_group",
  permission: "account.manage",
  summary: "Remove a group with its grants",
  responses: { 204: null },
  handle: async ({ ctx, params }) => {
    await removeGroup(ctx, params);
    return new Reply(204);
  },
});
