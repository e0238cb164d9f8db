import { versionParams } from "@/lib/http/path-schema.ts";
import { setStageBody } from "@/lib/models/request-schema.ts";
import { versionSchema } from "@/lib/models/schema.ts";
import { setStage } from "@/lib/models/set-stage.ts";
import { route } from "@/lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/models/{name}/versions/{ref}/stage",
  operation: "set_stage",
  summary: "Move a version to a stage",
  group: "Versions",
  params: versionParams,
  body: setStageBody,
  responses: { 200: versionSchema },
  errors: ["model_not_found", "version_not_found"],
  handle: ({ ctx, params, body }) => setStage(ctx, { ...params, ...body }),
});
