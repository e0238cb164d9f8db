import { modelParams } from "#lib/http/path-schema.ts";
import { Reply } from "#lib/http/route.ts";
import { getModel } from "#lib/models/get-model.ts";
import { updateModelBody } from "#lib/models/request-schema.ts";
import { modelDetailSchema, modelSchema } from "#lib/models/schema.ts";
import { trashModel } from "#lib/models/trash-model.ts";
import { updateModel } from "#lib/models/update-model.ts";
import { route } from "#lib/server.ts";

const common = {
  path: "/models/{name}",
  group: "Models",
  params: modelParams,
  errors: ["model_not_found"] as const,
};

export const GET = route({
  ...common,
  method: "GET",
  operation: "get_model",
  permission: "model.read",
  summary: "Get a model with its latest version's facts",
  responses: { 200: modelDetailSchema },
  handle: ({ ctx, params }) => getModel(ctx, params),
});

export const PATCH = route({
  ...common,
  method: "PATCH",
  operation: "update_model",
  permission: "model.write",
  summary: "Edit a model's description, tags or owner",
  body: updateModelBody,
  responses: { 200: modelSchema },
  handle: ({ ctx, params, body }) => updateModel(ctx, { ...params, ...body }),
});

export const DELETE = route({
  ...common,
  method: "DELETE",
  operation: "trash_model",
  permission: "model.delete",
  summary: "Move a model with its versions to the trash",
  responses: { 204: null },
  handle: async ({ ctx, params }) => {
    await trashModel(ctx, params);
    return new Reply(204);
  },
});
