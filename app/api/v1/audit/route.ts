import { listAudit } from "#lib/audit/list-audit.ts";
import { auditEntrySchema, listAuditQuery } from "#lib/audit/schema.ts";
import { pageReply } from "#lib/http/page-links.ts";
import { route } from "#lib/server.ts";
import { page } from "#lib/wire/page.ts";

export const GET = route({
  method: "GET",
  path: "/audit",
  operation: "list_audit",
  permission: "audit.read",
  summary: "The audit log, the newest entry first",
  group: "Operation",
  query: listAuditQuery,
  responses: { 200: page(auditEntrySchema) },
  errors: ["invalid_cursor"],
  handle: async ({ ctx, request, query }) => pageReply(request, await listAudit(ctx, query)),
});
