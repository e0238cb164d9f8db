import { versionParams } from "#lib/http/path-schema.ts";
import { versionSchema } from "#lib/models/schema.ts";
import { restoreVersion } from "#lib/models/trash-version.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/models/{name}/versions/{ref}/restore",
  operation: "restore_version",
  permission: "model.delete",
  summary: "Take a version out of the trash",
  group: "Trash",
  params: versionParams,
  responses: { 200: versionSchema },
  errors: ["model_not_found", "version_not_found"],
  handle: ({ ctx, params }) => restoreVersion(ctx, params),
});
