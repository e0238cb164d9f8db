import { setMember } from "#lib/accounts/groups.ts";
import { groupSchema } from "#lib/accounts/schema.ts";
import { memberParams } from "#lib/http/path-schema.ts";
import { route } from "#lib/server.ts";

const common = {
  path: "/groups/{id}/members/{account}",
  group: "Accounts",
  params: memberParams,
  responses: { 200: groupSchema },
  errors: ["group_not_found", "account_not_found"],
} as const;

export const PUT = route({
  ...common,
  method: "PUT",
  operation: "add_member",
  permission: "account.manage",
  summary: "Make an account a member of a group",
  handle: ({ ctx, params }) => setMember(ctx, { ...params, isMember: true }),
});

export const DELETE = route({
  ...common,
  method: "DELETE",
  operation: "remove_member",
  permission: "account.manage",
  summary: "Take an account out of a group",
  handle: ({ ctx, params }) => setMember(ctx, { ...params, isMember: false }),
});
