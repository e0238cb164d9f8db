import { modelParams } from "#lib/http/path-schema.ts";
import { Reply } from "#lib/http/route.ts";
import { purgeModel } from "#lib/models/purge-model.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/models/{name}/purge",
  operation: "purge_model",
  permission: "model.delete",
  summary: "Delete a model of the trash for good",
  group: "Trash",
  params: modelParams,
  responses: { 204: null },
  errors: ["model_not_found"],
  handle: async ({ ctx, params }) => {
    await purgeModel(ctx, params);
    return new Reply(204);
  },
});
