import { modelParams } from "#lib/http/path-schema.ts";
import { proposeVersion } from "#lib/models/propose-version.ts";
import { nextVersionsSchema } from "#lib/models/schema.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/models/{name}/next-versions",
  operation: "propose_version",
  permission: "model.read",
  summary: "What the next version would be called, by bump",
  group: "Versions",
  params: modelParams,
  responses: { 200: nextVersionsSchema },
  errors: ["model_not_found"],
  handle: ({ ctx, params }) => proposeVersion(ctx, params),
});
