import { aliasParams } from "#lib/http/path-schema.ts";
import { Reply } from "#lib/http/route.ts";
import { moveAlias, removeAlias } from "#lib/models/move-alias.ts";
import { moveAliasBody } from "#lib/models/request-schema.ts";
import { aliasSchema } from "#lib/models/schema.ts";
import { route } from "#lib/server.ts";

const common = { path: "/models/{name}/aliases/{alias}", group: "Aliases", params: aliasParams };

export const PUT = route({
  ...common,
  method: "PUT",
  operation: "move_alias",
  permission: "version.promote",
  summary: "Point an alias at a version",
  description:
    "A version whose verdict is not clean is refused, unless accept_risk is true and the comment says why; the audit log keeps both.",
  body: moveAliasBody,
  responses: { 200: aliasSchema },
  errors: ["model_not_found", "version_not_found", "version_not_clean", "move_protected"],
  handle: ({ ctx, params, body }) => moveAlias(ctx, { ...params, ...body }),
});

export const DELETE = route({
  ...common,
  method: "DELETE",
  operation: "remove_alias",
  permission: "version.promote",
  summary: "Remove an alias; its history stays",
  responses: { 204: null },
  errors: ["model_not_found", "alias_not_found", "move_protected"],
  handle: async ({ ctx, params }) => {
    await removeAlias(ctx, params);
    return new Reply(204);
  },
});
