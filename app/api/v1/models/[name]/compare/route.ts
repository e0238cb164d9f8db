import { z } from "zod";
import { modelParams, refSchema } from "#lib/http/path-schema.ts";
import { comparisonSchema } from "#lib/models/compare-schema.ts";
import { compareVersions } from "#lib/models/compare-versions.ts";
import { toVersionChoice, versionChoiceText } from "#lib/models/request-schema.ts";
import { route } from "#lib/server.ts";
import { modelNameSchema } from "#lib/wire/names.ts";

export const GET = route({
  method: "GET",
  path: "/models/{name}/compare",
  operation: "compare_versions",
  permission: "model.read",
  summary: "Compare two versions: files, tensors, metadata, tags, signature, model card",
  group: "Versions",
  params: modelParams,
  query: z.strictObject({
    from: refSchema,
    to: versionChoiceText.describe(
      "A version, latest or @alias; `model/version` for another model.",
    ),
    to_model: modelNameSchema.optional().describe("The model of `to`, if it is another one."),
  }),
  responses: { 200: comparisonSchema },
  errors: ["model_not_found", "version_not_found", "alias_not_found"],
  handle: ({ ctx, params, query }) => {
    const { model, ref } = toVersionChoice(query.to);
    return compareVersions(ctx, {
      name: params.name,
      from: query.from,
      to: ref,
      toModel: query.to_model ?? model,
    });
  },
});
