import { pageReply } from "#lib/http/page-links.ts";
import { listFindingsQuery, versionFindingsSchema } from "#lib/models/findings-schema.ts";
import { listFindings } from "#lib/models/list-findings.ts";
import { route } from "#lib/server.ts";
import { page } from "#lib/wire/page.ts";

export const GET = route({
  method: "GET",
  path: "/findings",
  operation: "list_findings",
  permission: "model.read",
  summary: "Versions that the scan does not clear, the newest first, with its findings",
  group: "Versions",
  query: listFindingsQuery,
  responses: { 200: page(versionFindingsSchema) },
  errors: ["invalid_cursor"],
  handle: async ({ ctx, request, query }) => pageReply(request, await listFindings(ctx, query)),
});
