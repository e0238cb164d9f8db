import { Reply } from "#lib/http/route.ts";
import { retryOperation } from "#lib/operations/retry-operation.ts";
import { operationParams, operationSchema } from "#lib/operations/schema.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/operations/{id}/retry",
  operation: "retry_operation",
  permission: "operation.manage",
  summary: "Queue an operation again that has failed or was cancelled; it goes on where it can",
  group: "Operation",
  params: operationParams,
  responses: { 202: operationSchema },
  errors: ["operation_not_found", "operation_not_retryable", "run_in_progress"],
  handle: async ({ ctx, params }) => new Reply(202, await retryOperation(ctx, params)),
});
