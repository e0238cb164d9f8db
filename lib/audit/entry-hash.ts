/**
 * What links an entry to those before it: SHA-256 over the canonical JSON (RFC 8785) of
 *
 *   {"entry": {...}, "prev_hash": "<hex>", "seq": "<n>"}
 *
 * where `entry` has the members below, as `GET /audit` gives them. So an export that begins at the first entry can be
 * verified by anybody, without the registry.
 */
import { createHash } from "node:crypto";
import { canonicalJson } from "#lib/wire/canonical-json.ts";

/** A row of `audit`, as the driver gives it. */
export type AuditRow = {
  id: bigint | string;
  at: Date;
  actor: string;
  actor_id: string | null;
  token_id: string | null;
  action: string;
  model_name: string | null;
  version: string | null;
  detail: unknown;
  request_id: string | null;
  address: string | null;
};

/** The link before the first one. */
export const FIRST_PREV_HASH = "0".repeat(64);

/** `prevHash` and the result are lowercase hex. */
export function entryHash(row: AuditRow, seq: bigint, prevHash: string): string {
  const text = canonicalJson({ entry: entryOf(row), prev_hash: prevHash, seq: seq.toString() });
  return createHash("sha256").update(text).digest("hex");
}

export function entryOf(row: AuditRow) {
  return {
    id: row.id.toString(),
    at: row.at.toISOString(),
    actor: row.actor,
    actor_id: row.actor_id,
    token_id: row.token_id,
    action: row.action,
    model: row.model_name,
    version: row.version,
    detail: row.detail as Record<string, unknown>,
    request_id: row.request_id,
    address: row.address,
  };
}
