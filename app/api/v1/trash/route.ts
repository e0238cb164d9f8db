import { z } from "zod";
import { pageReply } from "#lib/http/page-links.ts";
import { listTrashedModels } from "#lib/models/list-trash.ts";
import { trashedModelSchema } from "#lib/models/schema.ts";
import { route } from "#lib/server.ts";
import { page, pageQuery } from "#lib/wire/page.ts";

export const GET = route({
  method: "GET",
  path: "/trash",
  operation: "list_trash",
  permission: "model.read",
  summary: "List the models in the trash",
  group: "Trash",
  query: z.strictObject(pageQuery),
  responses: { 200: page(trashedModelSchema) },
  errors: ["invalid_cursor"],
  handle: async ({ ctx, request, query }) =>
    pageReply(request, await listTrashedModels(ctx, query)),
});
