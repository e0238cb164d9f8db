import type { Ctx } from "#lib/context.ts";
import { type ErrorCode, isRegistryError } from "#lib/errors.ts";
import { blobFolder, compressedBlobKey, isNewCompressedBlobKey } from "#lib/storage/layout.ts";
import type { CompressionThreads } from "./compression-threads.ts";
import { dropRawCopy } from "./drop-raw-copy.ts";
import type { EncodeInput, EncodeOutcome } from "./encode-blob.ts";
import { findBase } from "./find-base.ts";
import { findPieces } from "./find-pieces.ts";
import { isCompressionOn } from "./queue-compression.ts";
import { recordCompression, recordUncompressed } from "./record-compression.ts";

export type CompressBlobInput = {
  sha256: string;
  /** Encodes the blob anew without references to other blobs, so that those can be freed. */
  standalone?: boolean;
};

export type CompressOutcome = "gone" | "damaged" | "unchanged" | "not_worth" | "failed" | "stored";

/** How often the work begins anew when a blob that it refers to is freed meanwhile. */
const MAX_ATTEMPTS = 3;
const MAX_CHAIN_DEPTH = 3;
/** Causes that pass: the job is repeated later. */
const TEMPORARY: ReadonlySet<ErrorCode> = new Set([
  "insufficient_storage",
  "storage_read_only",
  "unavailable",
]);

/**
 * Replaces the raw copy of a blob by a compressed one where that saves at least 5 %. Repeatable, and safe to be
 * interrupted anywhere: the raw copy goes last, when the compressed one is durable, proven, and known to the
 * database. Throws failures that are worth another attempt later; a failure that would repeat itself is recorded and
 * logged.
 */
export async function compressBlob(
  ctx: Ctx,
  threads: CompressionThreads,
  { sha256, standalone = false }: CompressBlobInput,
  signal: AbortSignal,
): Promise<CompressOutcome> {
  await removeLeftovers(ctx, sha256);
  if (!standalone && !isCompressionOn(ctx)) return "unchanged";
  for (let attempt = 1; ; attempt += 1) {
    const row = await ctx.db.blob.findUnique({ where: { digest: sha256 } });
    if (row === null) return "gone";
    if (row.damagedAt !== null) return "damaged";
    if (row.encoding === "mrz" && !(standalone && (await hasSources(ctx, sha256)))) {
      await dropRawCopy(ctx, sha256);
      return "unchanged";
    }
    const mayReplace = row.encoding === "mrz";
    const blob = {
      sha256,
      sizeBytes: Number(row.sizeBytes),
      maxChainDepth: standalone || attempt === MAX_ATTEMPTS ? 0 : await chainLeft(ctx, sha256),
      mustStore: mayReplace,
    };
    const outcome = await encode(ctx, threads, blob, signal);
    if (outcome.kind !== "stored") {
      if (!mayReplace) await recordUncompressed(ctx, sha256, outcome.kind);
      return outcome.kind;
    }
    const recorded = await recordCompression(ctx, { sha256, mayReplace, ...outcome });
    if (recorded === "recorded") {
      await dropRawCopy(ctx, sha256);
      return "stored";
    }
    await ctx.storage.remove(outcome.key);
    if (recorded === "lost" && attempt === MAX_ATTEMPTS) return "unchanged";
    if (recorded === "blob_gone") return "gone";
    if (recorded === "superseded") return "unchanged";
  }
}

/**
 * Removes what a killed compression of this blob left: it is the same job that runs again. Should another job be at
 * work, that one notices (`recordCompression`) and begins anew.
 */
async function removeLeftovers(ctx: Ctx, sha256: string): Promise<void> {
  const ours = compressedBlobKey(sha256);
  for await (const key of ctx.storage.list(blobFolder(sha256)))
    if (key.startsWith(ours) && isNewCompressedBlobKey(key)) await ctx.storage.remove(key);
}

async function encode(
  ctx: Ctx,
  threads: CompressionThreads,
  blob: Omit<EncodeInput, "base">,
  signal: AbortSignal,
): Promise<EncodeOutcome | { kind: "failed" }> {
  const { sha256, sizeBytes } = blob;
  const base = blob.maxChainDepth > 0 ? await findBase(ctx, blob) : null;
  const begun = performance.now();
  const log = { operation: "compress_blob", digest: sha256, size_bytes: sizeBytes };
  try {
    const outcome = await threads.encode(
      { ...blob, base },
      { signal, findPieces: async (pieces) => findPieces(ctx, sha256, pieces) },
    );
    const duration_ms = Math.round(performance.now() - begun);
    if (outcome.kind === "not_worth")
      ctx.log.debug({ ...log, duration_ms, reason: outcome.reason }, "stays raw");
    else ctx.log.info({ ...log, duration_ms, stored_bytes: outcome.storedBytes }, "compressed");
    return outcome;
  } catch (error) {
    if (signal.aborted || (isRegistryError(error) && TEMPORARY.has(error.code))) throw error;
    ctx.log.error({ ...log, error }, "cannot be compressed");
    return { kind: "failed" };
  }
}

/** How long a chain of references this blob may begin, after the longest one that leads to it. */
async function chainLeft(ctx: Ctx, sha256: string): Promise<number> {
  const [row] = await ctx.db.$queryRaw<{ depth: number }[]>`
    with recursive above as (
      select digest, 1 as depth from blob_source where source_digest = ${sha256}
      union
      select s.digest, a.depth + 1 from blob_source as s join above as a on s.source_digest = a.digest
      where a.depth < ${MAX_CHAIN_DEPTH}::int
    )
    select coalesce(max(depth), 0)::int as depth from above`;
  return MAX_CHAIN_DEPTH - (row?.depth ?? 0);
}

async function hasSources(ctx: Ctx, sha256: string): Promise<boolean> {
  return (await ctx.db.blobSource.count({ where: { digest: sha256 } })) > 0;
}
