import { versionParams } from "#lib/http/path-schema.ts";
import { Reply } from "#lib/http/route.ts";
import { purgeVersion } from "#lib/models/purge-version.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/models/{name}/versions/{ref}/purge",
  operation: "purge_version",
  permission: "model.delete",
  summary: "Delete a version of the trash for good",
  group: "Trash",
  params: versionParams,
  responses: { 204: null },
  errors: ["model_not_found", "version_not_found"],
  handle: async ({ ctx, params }) => {
    await purgeVersion(ctx, params);
    return new Reply(204);
  },
});
