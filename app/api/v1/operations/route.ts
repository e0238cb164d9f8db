import { pageReply } from "#lib/http/page-links.ts";
import { listOperations } from "#lib/operations/list-operations.ts";
import { listOperationsQuery, operationSchema } from "#lib/operations/schema.ts";
import { route } from "#lib/server.ts";
import { page } from "#lib/wire/page.ts";

export const GET = route({
  method: "GET",
  path: "/operations",
  operation: "list_operations",
  permission: "operation.read",
  summary: "Work in the background, the newest first",
  group: "Operation",
  query: listOperationsQuery,
  responses: { 200: page(operationSchema) },
  errors: ["invalid_cursor"],
  handle: async ({ ctx, request, query }) => pageReply(request, await listOperations(ctx, query)),
});
