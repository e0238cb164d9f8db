import { z } from "zod";
import { pageReply } from "#lib/http/page-links.ts";
import { listTrashedVersions } from "#lib/models/list-trash.ts";
import { trashedVersionSchema } from "#lib/models/schema.ts";
import { route } from "#lib/server.ts";
import { page, pageQuery } from "#lib/wire/page.ts";

export const GET = route({
  method: "GET",
  path: "/trash/versions",
  operation: "list_trashed_versions",
  permission: "model.read",
  summary: "List versions that were trashed by themselves",
  group: "Trash",
  query: z.strictObject(pageQuery),
  responses: { 200: page(trashedVersionSchema) },
  errors: ["invalid_cursor"],
  handle: async ({ ctx, request, query }) =>
    pageReply(request, await listTrashedVersions(ctx, query)),
});
