import { createUser } from "#lib/accounts/create-account.ts";
import { listAccounts } from "#lib/accounts/list-accounts.ts";
import {
  accountListSchema,
  createdUserSchema,
  createUserBody,
  listAccountsQuery,
} from "#lib/accounts/schema.ts";
import { pageReply } from "#lib/http/page-links.ts";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/users",
  operation: "list_users",
  permission: "account.manage",
  summary: "List users",
  group: "Accounts",
  query: listAccountsQuery,
  responses: { 200: accountListSchema },
  errors: ["invalid_cursor"],
  handle: async ({ ctx, request, query }) =>
    pageReply(request, await listAccounts(ctx, { ...query, kind: "user" })),
});

export const POST = route({
  method: "POST",
  path: "/users",
  operation: "create_user",
  permission: "account.manage",
  summary: "Create a user, with the link by which the password is chosen",
  group: "Accounts",
  body: createUserBody,
  responses: { 201: createdUserSchema },
  errors: ["account_exists"],
  handle: async ({ ctx, body }) => new Reply(201, await createUser(ctx, body)),
});
