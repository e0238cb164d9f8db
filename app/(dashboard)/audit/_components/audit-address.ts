import { AUDIT_ACTIONS, type AuditFilters } from "#lib/audit/schema.ts";
import { modelNameSchema } from "#lib/wire/names.ts";
import { momentSchema } from "#lib/wire/words.ts";

export type AuditAddress = AuditFilters & { cursor?: string };
export type AuditParams = Record<string, string | string[] | undefined>;

/** The filters in the order in which the page and its address have them. */
export const FILTERS = [
  "action",
  "actor",
  "model",
  "version",
  "address",
  "request_id",
  "since",
  "until",
] as const;
const TEXT_MAX_LENGTH = 100;

/** What the page shows, from its address; what is not understood is left out. */
export function parseAuditAddress(params: AuditParams): AuditAddress {
  const found: AuditAddress = {};
  for (const name of [...FILTERS, "cursor"] as const) {
    const value = params[name];
    if (typeof value === "string" && isUnderstood(name, value)) found[name] = value;
  }
  return found;
}

function isUnderstood(name: keyof AuditAddress, value: string): boolean {
  if (value === "" || value.includes("\0")) return false;
  if (name === "action") return AUDIT_ACTIONS.some((action) => action === value);
  if (name === "model") return modelNameSchema.safeParse(value).success;
  if (name === "since" || name === "until") return momentSchema.safeParse(value).success;
  return name === "cursor" || value.length <= TEXT_MAX_LENGTH;
}

function searchOf(address: AuditAddress): URLSearchParams {
  const search = new URLSearchParams();
  for (const name of [...FILTERS, "cursor"] as const) {
    const value = address[name];
    if (value) search.set(name, value);
  }
  return search;
}

/** The address as a link; what is not chosen is left out. */
export function auditHref(address: AuditAddress): string {
  const search = searchOf(address);
  return search.size > 0 ? `/audit?${search}` : "/audit";
}

/** Everything that the filters let through, as a file. */
export function exportHref(address: AuditAddress, format: "ndjson" | "csv"): string {
  const { cursor: _, ...filters } = address;
  const search = searchOf(filters);
  search.set("format", format);
  return `/api/v1/audit?${search}`;
}
