import { openMrz } from "#lib/mrz/open-mrz.ts";
import type { BlobReader, BlobWriter } from "#lib/storage/contract.ts";
import { blobKey, compressedBlobKey, quarantineKey } from "#lib/storage/layout.ts";
import type { BlobCtx } from "../blob-context.ts";
import { publishBlobs } from "../publish-blobs.ts";
import { openStored } from "../reading/open-stored.ts";
import { isDamaged, isMissing } from "../reading/stored-errors.ts";
import type { BlobCheck } from "../verification/check-blob.ts";

const STEP_BYTES = 1024 * 1024;

type Copy = { from: string; open: () => Promise<BlobReader | null> };

/**
 * Puts a damaged blob right from another copy: the compressed form, the cache, bytes that lie under another blob's
 * name or in quarantine (two blobs in each other's place), raw or compressed, or a backup. A copy is believed only with its
 * digest. The bytes that lay in this blob's place put their owner right, if that one is known to be damaged.
 */
export async function healBlob(
  ctx: BlobCtx,
  sha256: string,
  sizeBytes: number,
  check: BlobCheck,
): Promise<boolean> {
  let isHealed = false;
  for (const copy of [
    ...copiesOf(ctx, sha256, sizeBytes, check),
    ...(await misplaced(ctx, sha256, check)),
    { from: "backup", open: () => ctx.blobs.openSpare(sha256, sizeBytes) },
  ]) {
    isHealed = await healFrom(ctx, { sha256, sizeBytes }, copy);
    if (isHealed) break;
  }
  for (const { owner, copy } of findStrangers(ctx, sha256, check)) {
    const row = await ctx.db.blob.findUnique({ where: { digest: owner } });
    if (row === null || row.damagedAt === null) continue;
    await healFrom(ctx, { sha256: owner, sizeBytes: Number(row.sizeBytes) }, copy);
  }
  return isHealed;
}

function copiesOf(ctx: BlobCtx, sha256: string, sizeBytes: number, check: BlobCheck): Copy[] {
  const cached = { from: "cache", open: () => ctx.blobs.openCached(sha256, sizeBytes) };
  if (check.mrz.state !== "sound") return [cached];
  return [{ from: "compressed", open: () => ctx.blobs.openStored(sha256, sizeBytes) }, cached];
}

/**
 * Copies of this blob under other names: those of the blobs whose bytes were found here, and those noted when its
 * bytes were found elsewhere before.
 */
async function misplaced(ctx: BlobCtx, sha256: string, check: BlobCheck): Promise<Copy[]> {
  const alerts = await ctx.db.alert.findMany({
    where: {
      kind: "blob_damaged",
      detail: { path: ["actual_digest"], equals: `sha256:${sha256}` },
    },
    orderBy: { id: "desc" },
    take: 10,
  });
  return [
    ...alerts.flatMap(({ subject }) => {
      const place = subject.replace("sha256:", "");
      return [rawAt(ctx, quarantineKey(blobKey(place))), compressedAt(ctx, quarantinedForm(place))];
    }),
    ...actualOf(check).flatMap(({ actual }) => [
      rawAt(ctx, blobKey(actual)),
      compressedAt(ctx, compressedBlobKey(actual)),
    ]),
  ];
}

/** The bytes that lay in this blob's place may be what another one lacks. */
function findStrangers(
  ctx: BlobCtx,
  sha256: string,
  check: BlobCheck,
): { owner: string; copy: Copy }[] {
  return actualOf(check).map(({ form, actual }) => ({
    owner: actual,
    copy:
      form === "raw"
        ? rawAt(ctx, quarantineKey(blobKey(sha256)))
        : compressedAt(ctx, quarantinedForm(sha256)),
  }));
}

/** The digests of bytes that were found in the blob's place. */
function actualOf(check: BlobCheck): { form: "raw" | "mrz"; actual: string }[] {
  return (["raw", "mrz"] as const).flatMap((form) => {
    const found = check[form];
    const actual = found.state === "damaged" ? found.actual : null;
    return actual === null ? [] : [{ form, actual }];
  });
}

const quarantinedForm = (sha256: string) => quarantineKey(compressedBlobKey(sha256));

const rawAt = (ctx: BlobCtx, key: string): Copy => ({
  from: key,
  open: () => ctx.storage.openReader(key),
});

const compressedAt = (ctx: BlobCtx, key: string): Copy => ({
  from: key,
  open: async () =>
    openMrz({
      file: await ctx.storage.openReader(key),
      openSource: (source, depthLeft) =>
        openStored(ctx.storage, source.sha256, source.sizeBytes, depthLeft),
    }),
});

async function healFrom(
  ctx: BlobCtx,
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
    // The damage is known and reported already; a full store must not hide it.
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
