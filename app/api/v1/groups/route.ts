import { createGroup, listGroups } from "#lib/accounts/groups.ts";
import {
  createGroupBody,
  groupListSchema,
  groupSchema,
  listGroupsQuery,
} from "#lib/accounts/schema.ts";
import { pageReply } from "#lib/http/page-links.ts";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/groups",
  operation: "list_groups",
  permission: "account.manage",
  summary: "List groups with their members",
  group: "Accounts",
  query: listGroupsQuery,
  responses: { 200: groupListSchema },
  errors: ["invalid_cursor"],
  handle: async ({ ctx, request, query }) => pageReply(request, await listGroups(ctx, query)),
});

export const POST = route({
  method: "POST",
  path: "/groups",
  operation: "create_group",
  permission: "account.manage",
  summary: "Create a group",
  group: "Accounts",
  body: createGroupBody,
  responses: { 201: groupSchema },
  errors: ["group_exists"],
  handle: async ({ ctx, body }) => new Reply(201, await createGroup(ctx, body)),
});
