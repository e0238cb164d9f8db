import type { Ctx } from "#lib/context.ts";
import { BLOBS_FOLDER, isNewCompressedBlobKey, parseBlobKey } from "#lib/storage/layout.ts";

const BATCH = 1000;

/**
 * Gives a row with an old claim to bytes in the store that the database does not know, from crashes and failed
 * registrations: from then on they are blobs that nothing holds. Returns how many were adopted. A registration claims
 * its blobs before it writes them, so a row that is on its way is there already, and a later claim on such bytes
 * replaces that of this row. Young bytes are left alone all the same, by the store's own clock: a person may be
 * putting a store together.
 */
export async function adoptOrphans(
  ctx: Ctx,
  graceMs: number,
  signal: AbortSignal,
): Promise<number> {
  const before = new Date((await ctx.storage.now()).getTime() - graceMs);
  let adopted = 0;
  let batch = new Map<string, string>();
  for await (const key of ctx.storage.list(BLOBS_FOLDER)) {
    signal.throwIfAborted();
    const parsed = parseBlobKey(key);
    if (parsed !== null) batch.set(parsed.sha256, key);
    else if (isNewCompressedBlobKey(key)) await removeOld(ctx, key, before);
    if (batch.size < BATCH) continue;
    adopted += await adopt(ctx, batch, before);
    batch = new Map();
  }
  return adopted + (await adopt(ctx, batch, before));
}

async function adopt(ctx: Ctx, keys: Map<string, string>, before: Date): Promise<number> {
  const known = await ctx.db.blob.findMany({
    where: { digest: { in: [...keys.keys()] } },
    select: { digest: true },
  });
  for (const { digest } of known) keys.delete(digest);
  let adopted = 0;
  for (const [digest, key] of keys) {
    const found = await ctx.storage.stat(key);
    if (found === null || found.modifiedAt >= before) continue;
    const sizeBytes = BigInt(found.sizeBytes);
    const { count } = await ctx.db.blob.createMany({
      data: [{ digest, sizeBytes, storedBytes: sizeBytes, claimedAt: new Date(0) }],
      skipDuplicates: true,
    });
    adopted += count;
  }
  return adopted;
}

async function removeOld(ctx: Ctx, key: string, before: Date): Promise<void> {
  const found = await ctx.storage.stat(key);
  if (found !== null && found.modifiedAt < before) await ctx.storage.remove(key);
}
