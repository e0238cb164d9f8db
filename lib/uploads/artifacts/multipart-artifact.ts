/**
 * Files of MLflow's clients in parts. They are resumable uploads, but for one thing: a client says neither how long the file
 * nor how long a part is. The first part that is not the last one tells the length of parts, the last one that of the file.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { assertMay } from "#lib/access/policy.ts";
import { checkQuota } from "#lib/accounts/check-quota.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import { abortUpload } from "../resumable/abort-upload.ts";
import { completeUpload } from "../resumable/complete-upload.ts";
import type { PartBody } from "../resumable/part-body.ts";
import { putPart } from "../resumable/put-part.ts";
import { expiryAfter, getUpload, type UploadRow } from "../resumable/upload-rows.ts";
import { contentLength } from "../upload-body.ts";
import type { UploadCtx } from "../upload-context.ts";
import { parseArtifactPath } from "./artifact-path.ts";
import { placeArtifact } from "./place-artifact.ts";

/** As many as S3 joins. */
const PARTS_MAX = 10_000;
/** A part is kept in one piece; its length is a 32-bit number in the database. */
const PART_MAX_BYTES = 1024 * 1024 * 1024;
/** The last part may overtake the others, which tell where it belongs. */
const ORDER_WAIT_MS = 30_000;
const ORDER_POLL_MS = 50;

/** Throws `invalid_path`, `invalid_request`. */
export async function createMultipart(
  ctx: UploadCtx,
  input: { path: string; parts: number },
): Promise<string> {
  assertMay(ctx, "version.register");
  parseArtifactPath(input.path);
  if (!Number.isInteger(input.parts) || input.parts < 1 || input.parts > PARTS_MAX)
    throw new RegistryError("invalid_request", `A file has 1 to ${PARTS_MAX} parts.`);
  const now = await databaseNow(ctx.db);
  const upload = await ctx.db.upload.create({
    data: {
      id: randomUUID(),
      actor: ctx.actor.name,
      actorId: ctx.actor.id,
      sizeBytes: 0n,
      partSizeBytes: 0,
      partCount: input.parts,
      createdAt: now,
      updatedAt: now,
      expiresAt: expiryAfter(ctx, now),
    },
  });
  return upload.id;
}

/** `part` counts from 0. Throws what `putPart` throws. */
export async function putMultipartPart(
  ctx: UploadCtx,
  input: PartBody & { id: string; part: number },
): Promise<void> {
  assertMay(ctx, "version.register");
  const length = contentLength(input.headers["content-length"]);
  if (length === null || length === 0 || length > PART_MAX_BYTES)
    throw new RegistryError(
      "invalid_request",
      `A part names its Content-Length, of at most ${PART_MAX_BYTES} bytes.`,
    );
  await learnShape(ctx, input.id, input.part, length);
  await putPart(ctx, { ...input, isOfUnknownLength: true });
}

/** Writes down what this part tells of the others. */
async function learnShape(ctx: UploadCtx, id: string, part: number, length: number): Promise<void> {
  const upload = await getUpload(ctx, id);
  const last = upload.partCount - 1;
  if (part < last) {
    await writeShape(ctx, upload, { partSize: length, sizeBytes: length * upload.partCount });
    return;
  }
  const partSize = last === 0 ? length : await waitForPartSize(ctx, upload);
  const sizeBytes = last * partSize + length;
  if (length > partSize)
    throw new RegistryError("invalid_request", "The last part is longer than the others.");
  await writeShape(ctx, upload, { partSize, sizeBytes, isLast: true });
}

/** Of parts that are not the last one the first decides; the last one knows better how long the file is. */
async function writeShape(
  ctx: UploadCtx,
  { id }: UploadRow,
  shape: { partSize: number; sizeBytes: number; isLast?: boolean },
): Promise<void> {
  const { partSize, sizeBytes, isLast = false } = shape;
  const { maxUploadSizeBytes } = ctx.config.storage;
  if (isLast && sizeBytes > maxUploadSizeBytes)
    throw new RegistryError("too_large", `An upload has at most ${maxUploadSizeBytes} bytes.`);
  await inTransaction(ctx.db, async (tx) => {
    const [before] = await tx.$queryRaw<{ size: bigint }[]>`
      select size_bytes as size from upload
      where id = ${id}::uuid and state = 'open' and (part_size_bytes = 0 or ${isLast}) for update`;
    if (before === undefined) return;
    await checkQuota(ctx, { bytes: Math.max(0, sizeBytes - Number(before.size)) }, tx);
    await tx.$executeRaw`
      update upload set part_size_bytes = ${partSize}, size_bytes = ${BigInt(sizeBytes)} where id = ${id}::uuid`;
  });
}

async function waitForPartSize(ctx: UploadCtx, upload: UploadRow): Promise<number> {
  const until = performance.now() + ORDER_WAIT_MS;
  for (let row = upload; ; row = await getUpload(ctx, upload.id)) {
    if (row.partSizeBytes > 0) return row.partSizeBytes;
    if (performance.now() > until)
      throw new RegistryError(
        "unavailable",
        "No other part has come yet. Send the last one again.",
      );
    await sleep(ORDER_POLL_MS);
  }
}

/** Joins the parts and puts the file at its path. Throws what `completeUpload` throws. */
export async function completeMultipart(
  ctx: UploadCtx,
  input: { path: string; id: string },
): Promise<void> {
  assertMay(ctx, "version.register");
  const path = parseArtifactPath(input.path);
  await completeUpload(ctx, input.id);
  await inTransaction(ctx.db, async (tx) => {
    const known = await tx.artifact.findUnique({ where: { uploadId: input.id } });
    if (known !== null && known.path === path) return;
    await placeArtifact(tx, { actorId: ctx.actor.id, path, uploadId: input.id });
  });
}

export async function abortMultipart(ctx: UploadCtx, id: string): Promise<void> {
  await abortUpload(ctx, id);
}
