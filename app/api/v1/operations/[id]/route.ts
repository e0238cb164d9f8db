import { getOperation } from "#lib/operations/get-operation.ts";
import { operationParams, operationSchema } from "#lib/operations/schema.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/operations/{id}",
  operation: "get_operation",
  permission: "operation.read",
  summary: "How far an operation is, or how it ended",
  group: "Operation",
  params: operationParams,
  responses: { 200: operationSchema },
  errors: ["operation_not_found"],
  handle: ({ ctx, params }) => getOperation(ctx, params),
});
