import { requestLoad } from "#lib/cluster/request-load.ts";
import { loadDetailSchema, unloadBody } from "#lib/cluster/schema.ts";
import { modelParams } from "#lib/http/path-schema.ts";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/models/{name}/unload",
  operation: "unload_model",
  permission: "load.write",
  summary: "Take a version from the workers of a Dask cluster",
  description: "Also one that is in the trash: its exact version then names it.",
  group: "Cluster",
  params: modelParams,
  body: unloadBody,
  responses: { 202: loadDetailSchema },
  errors: ["model_not_found", "version_not_found", "alias_not_found"],
  handle: async ({ ctx, params, body }) => {
    const load = await requestLoad(ctx, "unload", { ...params, ...body });
    return new Reply(202, load, { Location: `/api/v1/loads/${load.id}` });
  },
});
