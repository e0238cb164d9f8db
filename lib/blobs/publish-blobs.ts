import { inParallel } from "#lib/in-parallel.ts";
import type { BlobCtx } from "./blob-context.ts";
import {
  type BlobClaim,
  type Claims,
  claimBlobs,
  claimStoredBlobs,
  gone,
  holdClaims,
} from "./claim-blobs.ts";
import { dropRawCopy } from "./compression/drop-raw-copy.ts";
import { recordHealed } from "./maintenance/record-healed.ts";
import type { FinishedBytes, KnownBlob } from "./publish-blob.ts";
import { saveBlockSums } from "./verification/save-block-sums.ts";

/**
 * A file system makes many waiting files durable in one go, and a bucket takes requests side by side: 10,000 small
 * files in 5 s instead of 116 on a disk where one sync takes 6 ms (docs/performance.md).
 */
const LANES = 32;

/** `bytes` is null for a blob that is stored already. */
export type NewBlob = BlobClaim & { bytes: FinishedBytes | null };

/**
 * Makes every blob's bytes durable under their digests. The blobs are claimed first, so that the collection does not
 * free them before somebody refers to them; a transaction that does so proves the returned claims (`proveClaims`).
 * Bytes that were found damaged are healed by those that are sent. The caller discards its writers afterwards: where
 * the bytes were stored already, its own are not used. Throws `blob_not_found` when bytes that were to be stored are
 * not.
 */
export async function publishBlobs(ctx: BlobCtx, blobs: readonly NewBlob[]): Promise<Claims> {
  const written = blobs.filter(({ bytes }) => bytes !== null);
  const stored = blobs.filter(({ bytes }) => bytes === null).map(({ sha256 }) => sha256);
  const claims: Claims = new Map([
    ...(await claimStoredBlobs(ctx, stored)),
    ...(await claimBlobs(ctx, written)),
  ]);
  await holdClaims(ctx, claims, async () => {
    await inParallel(LANES, [...new Set(stored)], async (sha256) => {
      if (!(await ctx.blobs.has(sha256))) throw gone(sha256);
    });
    const known = await readKnown(ctx, written);
    const distinct = [...new Map(written.map((blob) => [blob.sha256, blob])).values()];
    await saveBlockSums(
      ctx.db,
      distinct.flatMap(({ sha256, bytes }) =>
        bytes ? [{ sha256, blockSums: bytes.blockSums }] : [],
      ),
    );
    await inParallel(LANES, distinct, (blob) => publish(ctx, blob, known.get(blob.sha256) ?? null));
    await dropSuperfluous(ctx, distinct);
  });
  return claims;
}

async function publish(
  ctx: BlobCtx,
  { sha256, sizeBytes, bytes }: NewBlob,
  before: KnownBlob | null,
): Promise<void> {
  if (bytes === null || !(await ctx.blobs.publish(bytes, sha256, before))) return;
  if (before && (before.isDamaged || before.encoding !== "raw"))
    await recordHealed(ctx, sha256, sizeBytes);
}

/** The compression may have replaced a raw copy while another one was written. */
async function dropSuperfluous(ctx: BlobCtx, written: readonly NewBlob[]): Promise<void> {
  const known = await readKnown(ctx, written);
  for (const { sha256 } of written)
    if (known.get(sha256)?.encoding === "mrz") await dropRawCopy(ctx, sha256);
}

async function readKnown(
  ctx: BlobCtx,
  blobs: readonly BlobClaim[],
): Promise<Map<string, KnownBlob>> {
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
