import { Reply } from "#lib/http/route.ts";
import { cancelOperation } from "#lib/operations/cancel-operation.ts";
import { operationParams, operationSchema } from "#lib/operations/schema.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/operations/{id}/cancel",
  operation: "cancel_operation",
  permission: "operation.manage",
  summary: "End an operation: at once if it waits (200), within seconds if it runs (202)",
  group: "Operation",
  params: operationParams,
  responses: { 200: operationSchema, 202: operationSchema },
  errors: ["operation_not_found", "operation_not_cancellable"],
  handle: async ({ ctx, params }) => {
    const operation = await cancelOperation(ctx, params);
    return new Reply(operation.state === "cancelled" ? 200 : 202, operation);
  },
});
