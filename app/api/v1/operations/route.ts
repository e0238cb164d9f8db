import { pageReply } from "#lib/http/page-links.ts";
import { Reply } from "#lib/http/route.ts";
import { startRescan } from "#lib/models/rescan/start-rescan.ts";
import { listOperations } from "#lib/operations/list-operations.ts";
import {
  listOperationsQuery,
  operationSchema,
  startOperationBody,
} from "#lib/operations/schema.ts";
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

export const POST = route({
  method: "POST",
  path: "/operations",
  operation: "start_operation",
  permission: "operation.manage",
  summary: "Scan the stored bytes of all versions again, by the rules of this release",
  group: "Operation",
  body: startOperationBody,
  responses: { 202: operationSchema },
  errors: ["run_in_progress"],
  handle: async ({ ctx }) => new Reply(202, await startRescan(ctx)),
});
