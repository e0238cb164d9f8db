/** The audit log as a file: NDJSON, of which each line is an entry as `GET /audit` gives it, or CSV. */
import { assertMay } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { auditFilter } from "./audit-filter.ts";
import { readOldest } from "./read-entries.ts";
import { recordChange } from "./record-change.ts";
import {
  type AuditEntryWire,
  type AuditFilters,
  auditEntrySchema,
  type ExportFormat,
} from "./schema.ts";

const PAGE = 500;
const COLUMNS = Object.keys(auditEntrySchema.shape) as (keyof AuditEntryWire)[];

/**
 * Everything that the filters let through and the actor may see, the oldest first, page by page. That somebody took it away is
 * an entry itself, made before the first line. Throws what `audit.read` is refused with.
 */
export async function exportAudit(
  ctx: Ctx,
  { format, ...filters }: AuditFilters & { format: ExportFormat },
): Promise<AsyncGenerator<string>> {
  assertMay(ctx, "audit.read");
  await inTransaction(ctx.db, (tx) =>
    recordChange(tx, ctx, { action: "audit.exported", model: null, detail: { format, filters } }),
  );
  return writeLines(ctx, filters, format);
}

async function* writeLines(ctx: Ctx, filters: AuditFilters, format: ExportFormat) {
  const filter = auditFilter(ctx.actor, filters);
  if (format === "csv") yield `${COLUMNS.join(",")}\r\n`;
  for (let after = 0n; ; ) {
    const entries = await readOldest(ctx, { filter, after, limit: PAGE });
    if (entries.length > 0)
      yield entries
        .map(format === "csv" ? csvLine : (entry) => `${JSON.stringify(entry)}\n`)
        .join("");
    const last = entries.at(-1);
    if (last === undefined || entries.length < PAGE) return;
    after = BigInt(last.id);
  }
}

/** RFC 4180. */
function csvLine(entry: AuditEntryWire): string {
  return `${COLUMNS.map((column) => csvCell(entry[column])).join(",")}\r\n`;
}

function csvCell(value: AuditEntryWire[keyof AuditEntryWire]): string {
  if (value === null) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : value;
  return /[",\r\n]/.test(text) ? `"${inert(text).replaceAll('"', '""')}"` : inert(text);
}

/** A spreadsheet takes a cell that begins like this for a formula, and a client chose much of what is in here. */
export function inert(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}
