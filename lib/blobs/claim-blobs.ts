import type { Ctx } from "../context.ts";

export type BlobClaim = { sha256: string; sizeBytes: number };

/**
 * Says, before the bytes are published, that somebody is about to refer to them. Committed at once: the
 * collection leaves blobs with a young claim alone, and waits for, or is waited for by, this statement on the
 * row of a blob that it is freeing. So either the bytes are still there when the caller looks, or they are
 * gone and he writes them again.
 */
export async function claimBlobs(ctx: Ctx, blobs: readonly BlobClaim[]): Promise<void> {
  // Sorted, so that two claims of the same blobs cannot wait for each other.
  const sorted = [...new Map(blobs.map((blob) => [blob.sha256, blob])).values()].sort((a, b) =>
    a.sha256 < b.sha256 ? -1 : 1,
  );
  const rows = JSON.stringify(sorted);
  const now = ctx.now();
  await ctx.db.$executeRaw`
    insert into blob (digest, size_bytes, stored_bytes, created_at, claimed_at)
    select "sha256", "sizeBytes", "sizeBytes", ${now}, ${now}
    from jsonb_to_recordset(${rows}::jsonb) as t("sha256" text, "sizeBytes" bigint)
    on conflict (digest) do update set claimed_at = excluded.claimed_at`;
}
