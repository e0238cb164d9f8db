import type { Ctx } from "../context.ts";
import { type BlobClaim, claimBlobs } from "./claim-blobs.ts";
import { dropRawCopy } from "./drop-raw-copy.ts";
import type { FinishedBytes, KnownBlob } from "./publish-blob.ts";
import { recordHealed } from "./record-healed.ts";

/** `bytes` null for what is stored already. */
export type NewBlob = BlobClaim & { bytes: FinishedBytes | null };

/**
 * Makes every blob's bytes durable under their digests. Claimed first, so that the collection does not free them
 * before somebody refers to them. Whoever sends bytes that were found damaged heals them. The caller discards
 * his writers afterwards: bytes that were stored already are not taken from them.
 */
export async function publishBlobs(ctx: Ctx, blobs: readonly NewBlob[]): Promise<void> {
  await claimBlobs(ctx, blobs);
  const known = await readKnown(ctx, blobs);
  for (const { sha256, sizeBytes, bytes } of blobs) {
    if (bytes === null) continue;
    const before = known.get(sha256) ?? null;
    const isWritten = await ctx.blobs.publish(bytes, sha256, before);
    if (!isWritten) continue;
    if (before && (before.isDamaged || before.encoding !== "raw"))
      await recordHealed(ctx, sha256, sizeBytes);
  }
  await dropSuperfluous(ctx, blobs);
}

/** The compression may have replaced a raw copy while another one was written. */
async function dropSuperfluous(ctx: Ctx, blobs: readonly NewBlob[]): Promise<void> {
  const written = blobs.filter(({ bytes }) => bytes !== null);
  const known = await readKnown(ctx, written);
  for (const { sha256 } of written)
    if (known.get(sha256)?.encoding === "mrz") await dropRawCopy(ctx, sha256);
}

async function readKnown(ctx: Ctx, blobs: readonly BlobClaim[]): Promise<Map<string, KnownBlob>> {
  const rows = await ctx.db.blob.findMany({
    where: { digest: { in: blobs.map(({ sha256 }) => sha256) } },
    select: { digest: true, encoding: true, storedBytes: true, damagedAt: true },
  });
  return new Map(
    rows.map((row) => [
      row.digest,
      {
        encoding: row.encoding,
        storedBytes: Number(row.storedBytes),
        isDamaged: row.damagedAt !== null,
      },
    ]),
  );
}
