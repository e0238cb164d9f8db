import type { Ctx } from "#lib/context.ts";
import type { AuditRow } from "./entry-hash.ts";

/** What verification reads. */
export type VerifyCtx = Pick<Ctx, "db" | "storage">;

/** A link with its entry; `entry` is null where that is gone. Hashes are lowercase hex. */
export type Linked = {
  seq: bigint;
  audit_id: bigint;
  prev_hash: string;
  hash: string;
  entry: AuditRow | null;
};
