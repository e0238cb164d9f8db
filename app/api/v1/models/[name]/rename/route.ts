import { withCurrentActor } from "#lib/context.ts";
import { modelParams } from "#lib/http/path-schema.ts";
import { getModel } from "#lib/models/get-model.ts";
import { renameModel } from "#lib/models/rename-model.ts";
import { renameModelBody } from "#lib/models/request-schema.ts";
import { modelDetailSchema } from "#lib/models/schema.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/models/{name}/rename",
  operation: "rename_model",
  permission: "model.delete",
  summary: "Give a model another name",
  description:
    "Versions, numbers, aliases and grants stay with it; the old name is free at once. Only who may change protections takes a model out of their reach by another name.",
  group: "Models",
  params: modelParams,
  body: renameModelBody,
  responses: { 200: modelDetailSchema },
  errors: ["model_not_found", "model_exists", "invalid_name", "move_protected"],
  handle: async ({ ctx, params, body }) => {
    await renameModel(ctx, { name: params.name, newName: body.new_name });
    // Grants are known by the model's name, which is another one now.
    return getModel(await withCurrentActor(ctx), { name: body.new_name });
  },
});
