import { versionParams } from "#lib/http/path-schema.ts";
import { Reply } from "#lib/http/route.ts";
import { getVersion } from "#lib/models/get-version.ts";
import { updateVersionBody } from "#lib/models/request-schema.ts";
import { versionSchema } from "#lib/models/schema.ts";
import { trashVersion } from "#lib/models/trash-version.ts";
import { updateVersion } from "#lib/models/update-version.ts";
import { route } from "#lib/server.ts";

const common = {
  path: "/models/{name}/versions/{ref}",
  group: "Versions",
  params: versionParams,
  errors: ["model_not_found", "version_not_found", "alias_not_found"] as const,
};

export const GET = route({
  ...common,
  method: "GET",
  operation: "get_version",
  permission: "model.read",
  summary: "Get a version by `1.2.0`, `latest` or `@alias`",
  responses: { 200: versionSchema },
  handle: ({ ctx, params }) => getVersion(ctx, params),
});

export const PATCH = route({
  ...common,
  method: "PATCH",
  operation: "update_version",
  permission: "model.write",
  summary: "Edit a version's description or tags",
  body: updateVersionBody,
  responses: { 200: versionSchema },
  handle: ({ ctx, params, body }) => updateVersion(ctx, { ...params, ...body }),
});

export const DELETE = route({
  ...common,
  method: "DELETE",
  operation: "trash_version",
  permission: "model.delete",
  summary: "Move a version to the trash",
  responses: { 204: null },
  handle: async ({ ctx, params }) => {
    await trashVersion(ctx, params);
    return new Reply(204);
  },
});
