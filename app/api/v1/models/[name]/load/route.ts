import { requestLoad } from "#lib/cluster/request-load.ts";
import { loadBody, loadDetailSchema } from "#lib/cluster/schema.ts";
import { modelParams } from "#lib/http/path-schema.ts";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/models/{name}/load",
  operation: "load_model",
  permission: "load.write",
  summary: "Put a version on the workers of a Dask cluster",
  description:
    "The answer names the load; a cluster agent carries it out. GET /loads/{id} tells how far it is.",
  group: "Cluster",
  params: modelParams,
  body: loadBody,
  responses: { 202: loadDetailSchema },
  errors: ["model_not_found", "version_not_found", "alias_not_found", "version_quarantined"],
  handle: async ({ ctx, params, body }) => {
    const load = await requestLoad(ctx, "load", { ...params, ...body });
    return new Reply(202, load, { Location: `/api/v1/loads/${load.id}` });
  },
});
