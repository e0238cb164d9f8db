import { createServiceAccount } from "#lib/accounts/create-account.ts";
import { listAccounts } from "#lib/accounts/list-accounts.ts";
import {
  accountListSchema,
  accountSchema,
  createServiceAccountBody,
  listAccountsQuery,
} from "#lib/accounts/schema.ts";
import { pageReply } from "#lib/http/page-links.ts";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/service-accounts",
  operation: "list_service_accounts",
  permission: "account.manage",
  summary: "List service accounts",
  group: "Accounts",
  query: listAccountsQuery,
  responses: { 200: accountListSchema },
  errors: ["invalid_cursor"],
  handle: async ({ ctx, request, query }) =>
    pageReply(request, await listAccounts(ctx, { ...query, kind: "service" })),
});

export const POST = route({
  method: "POST",
  path: "/service-accounts",
  operation: "create_service_account",
  permission: "account.manage",
  summary: "Create an account for a program",
  group: "Accounts",
  body: createServiceAccountBody,
  responses: { 201: accountSchema },
  errors: ["account_exists"],
  handle: async ({ ctx, body }) => new Reply(201, await createServiceAccount(ctx, body)),
});
