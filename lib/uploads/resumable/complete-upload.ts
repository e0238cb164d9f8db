import { assertMay } from "#lib/access/policy.ts";
import { type Claims, proveClaims } from "#lib/blobs/claim-blobs.ts";
import { publishBlobs } from "#lib/blobs/publish-blobs.ts";
import { withCurrentActor } from "#lib/context.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import type { CompletedUpload } from "../schema.ts";
import type { UploadCtx } from "../upload-context.ts";
import {
  expiryAfter,
  getUpload,
  listReceived,
  shapeOf,
  type UploadRow,
  uploadNotFound,
} from "./upload-rows.ts";

/** An answer names at most so many missing parts. */
const NAMED_PARTS_MAX = 100;

/**
 * Makes a blob of all parts. The upload holds the blob until it expires, so that a registration can be repeated. A
 * call for an upload that is complete already gets the same answer. Throws `upload_not_found`, `upload_incomplete`,
 * `digest_mismatch` (the parts are forgotten then), and the storage's errors.
 */
export async function completeUpload(ctx: UploadCtx, id: string): Promise<CompletedUpload> {
  assertMay(ctx, "version.register");
  const upload = await getUpload(ctx, id);
  if (upload.digest !== null) return answer(upload.digest, upload.sizeBytes);
  return ctx.transfers.completeOnce(id, () => complete(ctx, id));
}

async function complete(ctx: UploadCtx, id: string): Promise<CompletedUpload> {
  // Read again, since another request may just have finished.
  const upload = await getUpload(ctx, id);
  if (upload.digest !== null) return answer(upload.digest, upload.sizeBytes);
  checkParts(upload, await listReceived(ctx, id));
  const { hasher } = ctx.transfers;
  try {
    const shape = shapeOf(upload);
    const { sha256, blockSums } = await hasher.digest(id, shape);
    if (upload.digestDeclared !== null && upload.digestDeclared !== sha256) {
      await forgetParts(ctx, id);
      throw wrongDigest(upload.digestDeclared, sha256);
    }
    const bytes = { blockSums, commit: (key: string) => hasher.commit(id, shape, key) };
    assertMay(await withCurrentActor(ctx), "version.register");
    const claims = await publishBlobs(ctx, [{ sha256, sizeBytes: shape.sizeBytes, bytes }]);
    if (!(await markStored(ctx, id, { sha256, claims }))) throw uploadNotFound(id);
    await ctx.storage.removeUpload(id);
    return answer(sha256, upload.sizeBytes);
  } catch (error) {
    // The upload was removed, or another replica completed it, while this one was at it.
    const now = await getUpload(ctx, id);
    if (now.digest !== null) return answer(now.digest, now.sizeBytes);
    throw error;
  } finally {
    await ctx.transfers.end(id);
  }
}

async function markStored(
  ctx: UploadCtx,
  id: string,
  { sha256, claims }: { sha256: string; claims: Claims },
): Promise<boolean> {
  return inTransaction(ctx.db, async (tx) => {
    await proveClaims(tx, claims);
    const now = await databaseNow(tx);
    const { count } = await tx.upload.updateMany({
      where: { id, state: "open" },
      data: { state: "stored", digest: sha256, updatedAt: now, expiresAt: expiryAfter(ctx, now) },
    });
    return count === 1;
  });
}

/** Forgets all parts, since nobody can tell which one is wrong. */
async function forgetParts(ctx: UploadCtx, id: string): Promise<void> {
  await ctx.db.uploadPart.deleteMany({ where: { uploadId: id, upload: { state: "open" } } });
}

function checkParts(upload: UploadRow, received: number[]): void {
  if (received.length === upload.partCount) return;
  const there = new Set(received);
  const missing: number[] = [];
  for (let part = 0; part < upload.partCount && missing.length < NAMED_PARTS_MAX; part += 1)
    if (!there.has(part)) missing.push(part);
  throw new RegistryError(
    "upload_incomplete",
    `${upload.partCount - received.length} of ${upload.partCount} parts are missing.`,
    { problems: missing.map((part) => ({ pointer: `/parts/${part}`, detail: "is missing" })) },
  );
}

function wrongDigest(declared: string, sha256: string): RegistryError {
  return new RegistryError(
    "digest_mismatch",
    `The bytes have the digest sha256:${sha256}, not the announced sha256:${declared}. All parts were dropped: send them again.`,
  );
}

function answer(sha256: string, sizeBytes: bigint): CompletedUpload {
  return { digest: `sha256:${sha256}`, size_bytes: Number(sizeBytes) };
}
