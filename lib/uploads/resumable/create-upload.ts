import { randomUUID } from "node:crypto";
import { assertMay } from "#lib/access/policy.ts";
import { checkQuota } from "#lib/accounts/check-quota.ts";
import type { Ctx } from "#lib/context.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import { checkSpace } from "../free-space.ts";
import type { CreateUpload, UploadWire } from "../schema.ts";
import { findReadableBlobs } from "./find-readable-blobs.ts";
import { expiryAfter } from "./upload-rows.ts";
import { uploadToWire } from "./upload-wire.ts";

/** S3 joins no more parts, and lists of parts stay short. Parts of larger uploads are larger. */
const PARTS_MAX = 10_000;
/** Two registrations of the most files that a version may have; each upload is a file in the store. */
const OPEN_UPLOADS_MAX = 20_000;
const MEBIBYTE = 1024 * 1024;

/**
 * Begins an upload, or says that the bytes are stored: only if a version that this actor may read has them, since
 * knowing a digest is not having the bytes.
 *
 * Throws `too_large`, `too_many_uploads`, `quota_exceeded`, `insufficient_storage`.
 */
export async function createUpload(
  ctx: Ctx,
  { size_bytes: sizeBytes, digest }: CreateUpload,
): Promise<UploadWire | { stored: true }> {
  assertMay(ctx, "version.register");
  checkSize(ctx, sizeBytes);
  const sha256 = digest?.replace(/^sha256:/, "") ?? null;
  if (sha256 !== null) {
    const known = await findReadableBlobs(ctx, [sha256]);
    if (known.get(sha256) === sizeBytes) return { stored: true };
  }
  await checkSpace(ctx.storage, sizeBytes, ctx.config.storage);
  const now = await databaseNow(ctx.db);
  await checkOpenUploads(ctx, now);
  const partSizeBytes = choosePartSize(sizeBytes, ctx.config.uploads.partSizeBytes);
  const upload = await inTransaction(ctx.db, async (tx) => {
    await checkQuota(ctx, { bytes: sizeBytes }, tx);
    return tx.upload.create({
      data: {
        id: randomUUID(),
        actor: ctx.actor.name,
        actorId: ctx.actor.id,
        sizeBytes: BigInt(sizeBytes),
        digestDeclared: sha256,
        partSizeBytes,
        partCount: Math.ceil(sizeBytes / partSizeBytes),
        createdAt: now,
        updatedAt: now,
        expiresAt: expiryAfter(ctx, now),
      },
    });
  });
  return uploadToWire(upload, []);
}

/** The configured size, or so much more that the parts are not too many. */
export function choosePartSize(sizeBytes: number, configuredBytes: number): number {
  const least = Math.ceil(sizeBytes / PARTS_MAX);
  return least <= configuredBytes ? configuredBytes : Math.ceil(least / MEBIBYTE) * MEBIBYTE;
}

function checkSize(ctx: Ctx, sizeBytes: number): void {
  const { maxUploadSizeBytes } = ctx.config.storage;
  if (sizeBytes > maxUploadSizeBytes)
    throw new RegistryError(
      "too_large",
      `An upload has at most ${maxUploadSizeBytes} bytes (storage.max_upload_size).`,
      { problems: [{ pointer: "/size_bytes", detail: `is over ${maxUploadSizeBytes}` }] },
    );
}

async function checkOpenUploads(ctx: Ctx, now: Date): Promise<void> {
  const open = await ctx.db.upload.count({
    where: { actorId: ctx.actor.id, state: "open", expiresAt: { gt: now } },
  });
  if (open < OPEN_UPLOADS_MAX) return;
  throw new RegistryError(
    "too_many_uploads",
    `${OPEN_UPLOADS_MAX} uploads are open. Complete or remove some of them first.`,
  );
}
