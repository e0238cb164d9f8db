import { assertMay } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import type { CollectionPlanWire } from "../schema.ts";
import { CLAIM_GRACE_MS, selectFreeable } from "../unheld.ts";

const SHOWN = 1000;

type Row = {
  digest: string;
  size_bytes: bigint;
  stored_bytes: bigint;
  claimed_at: Date;
  blobs: bigint;
  bytes: bigint;
};

/** What a collection would free if it ran now; changes nothing. */
export async function planCollection(
  ctx: Ctx,
  { graceMs = CLAIM_GRACE_MS }: { graceMs?: number } = {},
): Promise<CollectionPlanWire> {
  assertMay(ctx, "storage.read");
  const rows = await ctx.db.$queryRaw<Row[]>`
    select digest, size_bytes, stored_bytes, claimed_at,
      count(*) over () as blobs, sum(stored_bytes) over ()::bigint as bytes
    from blob where digest in (${selectFreeable(graceMs)})
    order by stored_bytes desc, digest limit ${SHOWN}`;
  return {
    dry_run: true,
    blobs: Number(rows[0]?.blobs ?? 0n),
    bytes: Number(rows[0]?.bytes ?? 0n),
    items: rows.map((row) => ({
      digest: `sha256:${row.digest}`,
      size_bytes: Number(row.size_bytes),
      stored_bytes: Number(row.stored_bytes),
      claimed_at: row.claimed_at.toISOString(),
    })),
  };
}
