import { z } from "zod";
import { modelCardSchema } from "#lib/cards/schema.ts";
import { modelParams, refSchema } from "#lib/http/path-schema.ts";
import { getModelCard } from "#lib/models/get-model-card.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/models/{name}/card",
  operation: "get_model_card",
  permission: "model.read",
  summary: "Get the model card: a version's README.md, else the description",
  description: "The Markdown is as its author wrote it: sanitise it before you show it.",
  group: "Models",
  params: modelParams,
  query: z.strictObject({ ref: refSchema.optional() }),
  responses: { 200: modelCardSchema },
  errors: ["model_not_found", "version_not_found"],
  handle: ({ ctx, params, query }) => getModelCard(ctx, { ...params, ref: query.ref }),
});
