import type { Ctx } from "../context.ts";
import type { BlobReader, BlobWriter } from "../storage/contract.ts";
import { blobKey, quarantineKey } from "../storage/layout.ts";
import type { BlobCheck } from "./check-blob.ts";
import { publishBlobs } from "./publish-blobs.ts";
import { isDamaged, isMissing } from "./stored-errors.ts";

const STEP_BYTES = 1024 * 1024;

type Copy = { from: string; open: () => Promise<BlobReader | null> };

/**
 * Puts a damaged blob right from another copy: the compressed form, the cache, or bytes in quarantine that turned out
 * to be these (two blobs in each other's place). A copy is believed only with its digest.
 */
export async function healBlob(
  ctx: Ctx,
  sha256: string,
  sizeBytes: number,
  check: BlobCheck,
): Promise<{ isHealed: boolean; healedOthers: number }> {
  let isHealed = false;
  let healedOthers = 0;
  for (const copy of [
    ...copiesOf(ctx, sha256, sizeBytes, check),
    ...(await misplaced(ctx, sha256)),
  ]) {
    isHealed = await healFrom(ctx, { sha256, sizeBytes }, copy);
    if (isHealed) break;
  }
  for (const { owner, copy } of findStrangers(ctx, sha256, check)) {
    const row = await ctx.db.blob.findUnique({ where: { digest: owner } });
    if (row === null || row.damagedAt === null) continue;
    const other = { sha256: owner, sizeBytes: Number(row.sizeBytes) };
    if (await healFrom(ctx, other, copy)) healedOthers += 1;
  }
  return { isHealed, healedOthers };
}

function copiesOf(ctx: Ctx, sha256: string, sizeBytes: number, check: BlobCheck): Copy[] {
  const cached = { from: "cache", open: () => ctx.blobs.openCached(sha256, sizeBytes) };
  if (check.mrz.state !== "sound") return [cached];
  return [{ from: "compressed", open: () => ctx.blobs.openStored(sha256, sizeBytes) }, cached];
}

/** Raw bytes of this blob that lay under other names. */
async function misplaced(ctx: Ctx, sha256: string): Promise<Copy[]> {
  const alerts = await ctx.db.alert.findMany({
    where: {
      kind: "blob_damaged",
      detail: { path: ["actual_digest"], equals: `sha256:${sha256}` },
    },
    orderBy: { id: "desc" },
    take: 10,
  });
  return alerts.map(({ subject }) => quarantined(ctx, subject.replace("sha256:", "")));
}

/** The bytes that lay in this blob's place may be what another one lacks. */
function findStrangers(
  ctx: Ctx,
  sha256: string,
  check: BlobCheck,
): { owner: string; copy: Copy }[] {
  if (check.raw.state !== "damaged" || check.raw.actual === null) return [];
  return [{ owner: check.raw.actual, copy: quarantined(ctx, sha256) }];
}

const quarantined = (ctx: Ctx, sha256: string): Copy => ({
  from: "quarantine",
  open: () => ctx.storage.openReader(quarantineKey(blobKey(sha256))),
});

async function healFrom(
  ctx: Ctx,
  blob: { sha256: string; sizeBytes: number },
  { from, open }: Copy,
): Promise<boolean> {
  let reader: BlobReader | null = null;
  let writer: BlobWriter | null = null;
  try {
    reader = await open();
    if (reader === null || reader.sizeBytes !== blob.sizeBytes) return false;
    writer = await ctx.storage.createWriter();
    await copyBytes(reader, writer);
    if ((await writer.finish()).sha256 !== blob.sha256) {
      if (from === "cache") await ctx.blobs.evict(blob.sha256);
      return false;
    }
    await publishBlobs(ctx, [{ ...blob, bytes: writer }]);
    ctx.log.info({ operation: "heal_blob", digest: blob.sha256, from }, "healed");
    return true;
  } catch (error) {
    // That the blob is damaged is known and said already; a full store must not hide it.
    if (!isMissing(error) && !isDamaged(error))
      ctx.log.error(
        { operation: "heal_blob", digest: blob.sha256, from, error },
        "cannot be healed",
      );
    return false;
  } finally {
    await reader?.close();
    await writer?.abort();
  }
}

async function copyBytes(reader: BlobReader, writer: BlobWriter): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(Math.max(1, Math.min(STEP_BYTES, reader.sizeBytes)));
  for (let at = 0; at < reader.sizeBytes; ) {
    const count = await reader.read(buffer, at);
    if (count === 0) break;
    await writer.write(buffer.subarray(0, count));
    at += count;
  }
}
