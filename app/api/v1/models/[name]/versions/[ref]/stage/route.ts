import { versionParams } from "#lib/http/path-schema.ts";
import { setStageBody } from "#lib/models/request-schema.ts";
import { versionSchema } from "#lib/models/schema.ts";
import { setStage } from "#lib/models/set-stage.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/models/{name}/versions/{ref}/stage",
  operation: "set_stage",
  permission: "version.promote",
  summary: "Move a version to a stage",
  description:
    "A version whose verdict is not clean is refused in staging and production, unless accept_risk is true and the comment says why; the audit log keeps both.",
  group: "Versions",
  params: versionParams,
  body: setStageBody,
  responses: { 200: versionSchema },
  errors: ["model_not_found", "version_not_found", "version_not_clean", "move_protected"],
  handle: ({ ctx, params, body }) => setStage(ctx, { ...params, ...body }),
});
