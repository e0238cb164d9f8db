import { finishBody } from "#lib/cluster/agent-schema.ts";
import { finishLoad } from "#lib/cluster/finish-load.ts";
import { loadDetailSchema, loadParams } from "#lib/cluster/schema.ts";
import { observeLoad } from "#lib/metrics/request-metrics.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/cluster/loads/{id}/finish",
  operation: "finish_load",
  permission: "cluster.agent",
  summary: "For cluster agents: how a load ended; may be said again with the same lease",
  group: "Cluster agents",
  params: loadParams,
  body: finishBody,
  responses: { 200: loadDetailSchema },
  errors: ["load_not_found", "lease_lost"],
  handle: async ({ ctx, params, body }) => {
    const { load, measured } = await finishLoad(ctx, { ...params, ...body });
    if (measured !== null) observeLoad(measured);
    return load;
  },
});
