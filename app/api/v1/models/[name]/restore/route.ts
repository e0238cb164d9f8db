import { modelParams } from "#lib/http/path-schema.ts";
import { modelSchema } from "#lib/models/schema.ts";
import { restoreModel } from "#lib/models/trash-model.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/models/{name}/restore",
  operation: "restore_model",
  permission: "model.delete",
  summary: "Take a model out of the trash",
  group: "Trash",
  params: modelParams,
  responses: { 200: modelSchema },
  errors: ["model_not_found"],
  handle: ({ ctx, params }) => restoreModel(ctx, params),
});
