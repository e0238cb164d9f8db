import { exportAudit } from "#lib/audit/export-audit.ts";
import { type AuditFilters, EXPORT_FORMATS, type ExportFormat } from "#lib/audit/schema.ts";
import type { Ctx } from "#lib/context.ts";
import type { ApiRequest } from "./api-request.ts";
import { textStreamResponse } from "./text-stream.ts";

export const EXPORT_TYPES: Record<ExportFormat, string> = {
  ndjson: "application/x-ndjson",
  csv: "text/csv",
};

/** The format that a request names, by `format` or by the first type in Accept that we know; null for a page of JSON. */
export function exportFormatOf(
  request: ApiRequest,
  format: ExportFormat | "json" | undefined,
): ExportFormat | null {
  if (format !== undefined) return format === "json" ? null : format;
  for (const range of (request.headers.get("accept") ?? "").split(",")) {
    const type = range.split(";")[0]?.trim().toLowerCase();
    if (type === "application/json") return null;
    const known = EXPORT_FORMATS.find((name) => EXPORT_TYPES[name] === type);
    if (known) return known;
  }
  return null;
}

export async function sendAuditExport(
  ctx: Ctx,
  filters: AuditFilters,
  format: ExportFormat,
): Promise<Response> {
  const parts = await exportAudit(ctx, { ...filters, format });
  return textStreamResponse(parts, {
    contentType: `${EXPORT_TYPES[format]}; charset=utf-8`,
    fileName: `audit.${format}`,
  });
}
