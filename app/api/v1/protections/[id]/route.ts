import { protectionParams } from "#lib/http/path-schema.ts";
import { Reply } from "#lib/http/route.ts";
import { removeProtection } from "#lib/models/protection/manage-protections.ts";
import { route } from "#lib/server.ts";

export const DELETE = route({
  method: "DELETE",
  path: "/protections/{id}",
  operation: "remove_protection",
  permission: "protection.manage",
  summary: "Remove a protection",
  group: "Protected moves",
  params: protectionParams,
  responses: { 204: null },
  errors: ["protection_not_found"],
  handle: async ({ ctx, params }) => {
    await removeProtection(ctx, params);
    return new Reply(204);
  },
});
