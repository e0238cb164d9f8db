import { cancelLoad } from "#lib/cluster/cancel-load.ts";
import { getLoad } from "#lib/cluster/get-load.ts";
import { loadDetailSchema, loadParams } from "#lib/cluster/schema.ts";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";

const common = { path: "/loads/{id}", group: "Cluster", params: loadParams } as const;

export const GET = route({
  ...common,
  method: "GET",
  operation: "get_load",
  permission: "model.read",
  summary: "How far a load is on each worker, or how it ended",
  responses: { 200: loadDetailSchema },
  errors: ["load_not_found"],
  handle: ({ ctx, params }) => getLoad(ctx, params),
});

export const DELETE = route({
  ...common,
  method: "DELETE",
  operation: "cancel_load",
  permission: "load.write",
  summary: "End a load: at once if it waits, else as soon as its agent hears of it",
  responses: { 202: loadDetailSchema },
  errors: ["load_not_found", "operation_not_cancellable"],
  handle: async ({ ctx, params }) => new Reply(202, await cancelLoad(ctx, params)),
});
