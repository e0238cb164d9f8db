import { listAudit } from "#lib/audit/list-audit.ts";
import { auditEntrySchema, listAuditQuery } from "#lib/audit/schema.ts";
import { EXPORT_TYPES, exportFormatOf, sendAuditExport } from "#lib/http/audit-export.ts";
import { pageReply } from "#lib/http/page-links.ts";
import { route } from "#lib/server.ts";
import { page } from "#lib/wire/page.ts";

export const GET = route({
  method: "GET",
  path: "/audit",
  operation: "list_audit",
  permission: "audit.read",
  summary: "The audit log, the newest entry first",
  description:
    "With `format=ndjson` or `format=csv` (or such an `Accept`) everything that the filters let through, the oldest entry " +
    "first, as a file; `limit` and `cursor` are for pages. `action` may end with `*`.",
  group: "Operation",
  query: listAuditQuery,
  responses: { 200: page(auditEntrySchema) },
  otherTypes: Object.values(EXPORT_TYPES),
  errors: ["invalid_cursor"],
  handle: async ({ ctx, request, query }) => {
    const { format: asked, limit, cursor, ...filters } = query;
    const format = exportFormatOf(request, asked);
    if (format !== null) return sendAuditExport(ctx, filters, format);
    return pageReply(request, await listAudit(ctx, { ...filters, limit, cursor }));
  },
});
