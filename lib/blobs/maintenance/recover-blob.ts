import type { Ctx } from "#lib/context.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import { isRegistryError } from "#lib/errors.ts";
import { openMrz } from "#lib/mrz/open-mrz.ts";
import { blobKey, compressedBlobKey } from "#lib/storage/layout.ts";
import { openStored } from "../reading/open-stored.ts";

export type RecoveredBlob = "raw" | "mrz" | "missing";

/**
 * The row of a blob, made from what the storage holds of it, for a database that knows nothing of it yet.
 * Bytes that are not there, or have another length, leave a row marked as damaged: its downloads are
 * refused, and registering the same bytes again heals it.
 */
export async function recoverBlob(
  ctx: Ctx,
  sha256: string,
  sizeBytes: number,
): Promise<RecoveredBlob> {
  const raw = await ctx.storage.stat(blobKey(sha256));
  if (raw !== null && raw.sizeBytes === sizeBytes) {
    await createRow(ctx, sha256, sizeBytes, { encoding: "raw", storedBytes: sizeBytes });
    return "raw";
  }
  const sources = await readSources(ctx, sha256);
  if (sources === null) {
    const damagedAt = ctx.now();
    await createRow(ctx, sha256, sizeBytes, { storedBytes: raw?.sizeBytes ?? 0, damagedAt });
    return "missing";
  }
  const compressed = await ctx.storage.stat(compressedBlobKey(sha256));
  await createRow(ctx, sha256, sizeBytes, {
    encoding: "mrz",
    compression: "done",
    storedBytes: compressed?.sizeBytes ?? 0,
  });
  for (const source of sources) {
    const known = await ctx.db.blob.findUnique({ where: { digest: source.sha256 } });
    if (known === null) await recoverBlob(ctx, source.sha256, source.sizeBytes);
  }
  await ctx.db.blobSource.createMany({
    data: sources.map((source) => ({ digest: sha256, sourceDigest: source.sha256 })),
    skipDuplicates: true,
  });
  return "mrz";
}

/** null when there is no compressed copy that can be read. */
async function readSources(ctx: Ctx, sha256: string) {
  let file: Awaited<ReturnType<typeof ctx.storage.openReader>> | undefined;
  try {
    file = await ctx.storage.openReader(compressedBlobKey(sha256));
    const reader = await openMrz({
      file,
      openSource: (source) => openStored(ctx.storage, source.sha256, source.sizeBytes),
    });
    const { sources } = reader;
    await reader.close();
    return sources;
  } catch (error) {
    await file?.close();
    if (isRegistryError(error)) return null;
    throw error;
  }
}

async function createRow(
  ctx: Ctx,
  digest: string,
  sizeBytes: number,
  row: { storedBytes: number; encoding?: string; compression?: string; damagedAt?: Date },
): Promise<void> {
  const { storedBytes, ...rest } = row;
  const now = await databaseNow(ctx.db);
  await ctx.db.blob.createMany({
    data: [
      {
        digest,
        sizeBytes: BigInt(sizeBytes),
        storedBytes: BigInt(storedBytes),
        createdAt: now,
        claimedAt: now,
        ...rest,
      },
    ],
    skipDuplicates: true,
  });
}
