import { randomUUID } from "node:crypto";
import { assertMay } from "#lib/access/policy.ts";
import { checkQuota } from "#lib/accounts/check-quota.ts";
import { proveClaims } from "#lib/blobs/claim-blobs.ts";
import { publishBlobs } from "#lib/blobs/publish-blobs.ts";
import { withCurrentActor } from "#lib/context.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import { expiryAfter } from "../resumable/upload-rows.ts";
import { contentLength, countedBody, type UploadHeaders } from "../upload-body.ts";
import type { UploadCtx } from "../upload-context.ts";
import { parseArtifactPath } from "./artifact-path.ts";
import { placeArtifact } from "./place-artifact.ts";

export type PutArtifactInput = {
  path: string;
  headers: UploadHeaders;
  body: AsyncIterable<Uint8Array> | null;
};

/**
 * Takes one file at a path of the actor's own, hashed on its way and durable when this resolves; one that was there is
 * replaced. Versions that were made of the earlier one keep their bytes. It expires as uploads do. Throws `invalid_path`,
 * `too_large`, `quota_exceeded`, `length_mismatch`, and the storage's errors.
 */
export async function putArtifact(ctx: UploadCtx, input: PutArtifactInput): Promise<void> {
  assertMay(ctx, "version.register");
  const path = parseArtifactPath(input.path);
  await checkQuota(ctx, { bytes: contentLength(input.headers["content-length"]) ?? 0 });
  const writer = await ctx.storage.createWriter();
  try {
    await receive(ctx, input, writer);
    const { sha256, sizeBytes } = await writer.finish();
    const claims = await publishBlobs(ctx, [{ sha256, sizeBytes, bytes: writer }]);
    const current = await withCurrentActor(ctx);
    assertMay(current, "version.register");
    await inTransaction(ctx.db, async (tx) => {
      // Of files that come at once one waits for the other here, so that both are counted.
      await checkQuota(current, { bytes: sizeBytes }, tx);
      await proveClaims(tx, claims);
      const now = await databaseNow(tx);
      const uploadId = randomUUID();
      await tx.upload.create({
        data: {
          id: uploadId,
          actor: current.actor.name,
          actorId: current.actor.id,
          sizeBytes: BigInt(sizeBytes),
          partSizeBytes: ctx.config.uploads.partSizeBytes,
          partCount: 0,
          state: "stored",
          digest: sha256,
          createdAt: now,
          updatedAt: now,
          expiresAt: expiryAfter(ctx, now),
        },
      });
      await placeArtifact(tx, { actorId: current.actor.id, path, uploadId });
    });
  } finally {
    await writer.abort();
  }
}

type Writer = Awaited<ReturnType<UploadCtx["storage"]["createWriter"]>>;

async function receive(ctx: UploadCtx, input: PutArtifactInput, writer: Writer): Promise<void> {
  const { storage } = ctx;
  const limits = ctx.config.storage;
  const { headers } = input;
  // A file of no bytes may come without any sign of a body.
  const body = input.body ?? noBytes();
  const counted = await countedBody({ headers, body, storage, limits });
  try {
    for await (const chunk of counted.body) {
      if (writer.bytesWritten + chunk.byteLength > limits.maxUploadSizeBytes)
        throw new RegistryError(
          "too_large",
          `A file has at most ${limits.maxUploadSizeBytes} bytes (storage.max_upload_size).`,
        );
      await writer.write(chunk);
    }
  } finally {
    counted.claim.release();
  }
}

async function* noBytes(): AsyncGenerator<Uint8Array, void, undefined> {}
