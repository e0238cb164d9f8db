import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { backOff } from "./s3-body.ts";
import type { S3Bucket } from "./s3-bucket.ts";
import {
  isNoSuchUpload,
  isPreconditionFailed,
  isWriteConflict,
  storageCorrupt,
} from "./s3-errors.ts";

/** S3's limit of the parts of an object. */
export const MAX_PARTS = 10_000;
/** More gain nothing: pieces wait for their buffers, copies for the store's disks. */
const PARALLEL_PARTS = 8;
const MAX_ATTEMPTS = 4;

export type PartToMake = { Bucket: string; Key: string; UploadId: string; PartNumber: number };
export type MadePart = CompletedPart;

/** A piece of an object that is in the bucket already. */
export type PartSource = {
  key: string;
  range: { start: number; end: number } | null;
  etag?: string;
};

type Whole = { count: number; sizeBytes: number; ifAbsent: boolean };

/**
 * One multipart upload: `make` brings each part, some in parallel; the object appears whole at the end. After a
 * failure the parts are removed. With `ifAbsent`, false means that the key exists.
 */
export async function sendInParts(
  bucket: S3Bucket,
  key: string,
  whole: Whole,
  make: (part: PartToMake) => Promise<MadePart>,
  options: { isCopied?: boolean } = {},
): Promise<boolean> {
  const object = bucket.at(key);
  const isVerified = bucket.isVerifying && options.isCopied !== true;
  const { UploadId } = await bucket.ask(
    new CreateMultipartUploadCommand({
      ...object,
      ...(isVerified ? { ChecksumAlgorithm: "CRC32" } : {}),
    }),
  );
  if (UploadId === undefined) throw new Error("The store names no multipart upload.");
  bucket.ownUploads.add(UploadId);
  try {
    const parts = await makeAll(whole.count, (PartNumber) =>
      make({ ...object, UploadId, PartNumber }),
    );
    const isWritten = await complete(bucket, key, { UploadId, parts, ...whole });
    if (!isWritten) await abort(bucket, { ...object, UploadId });
    return isWritten;
  } catch (error) {
    // A part that cannot be removed now is found by its age later (reclaimTemporary).
    await abort(bucket, { ...object, UploadId }).catch(() => undefined);
    throw error;
  } finally {
    bucket.ownUploads.delete(UploadId);
  }
}

/** Makes an object of pieces that the store has: no byte passes through this process. */
export async function joinObjects(
  bucket: S3Bucket,
  key: string,
  sources: readonly PartSource[],
  whole: Omit<Whole, "count">,
): Promise<boolean> {
  const copy = async (part: PartToMake): Promise<MadePart> => {
    const source = sources[part.PartNumber - 1] as PartSource;
    const { CopyPartResult } = await bucket.client.send(
      new UploadPartCopyCommand({
        ...part,
        CopySource: bucket.copySource(source.key),
        ...(source.range === null
          ? {}
          : { CopySourceRange: `bytes=${source.range.start}-${source.range.end - 1}` }),
        ...(source.etag === undefined ? {} : { CopySourceIfMatch: source.etag }),
      }),
    );
    return { PartNumber: part.PartNumber, ETag: CopyPartResult?.ETag };
  };
  return sendInParts(bucket, key, { ...whole, count: sources.length }, copy, { isCopied: true });
}

async function makeAll(
  count: number,
  make: (partNumber: number) => Promise<MadePart>,
): Promise<MadePart[]> {
  const parts: MadePart[] = [];
  let next = 1;
  let hasFailed = false;
  const lane = async () => {
    while (next <= count && !hasFailed) {
      const number = next;
      next += 1;
      try {
        parts[number - 1] = await make(number);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  const lanes = Array.from({ length: Math.min(PARALLEL_PARTS, count) }, lane);
  // Waits for all lanes, so that nothing is still being sent when the upload is given up.
  const results = await Promise.allSettled(lanes);
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
  return parts;
}

/**
 * The store may answer 200 and then say in the body that it failed: the SDK reads the body and takes that for the 5xx
 * that it is. When the answer got lost, the second attempt hears that there is no such upload, and the object shows
 * whether the first one succeeded.
 */
async function complete(
  bucket: S3Bucket,
  key: string,
  upload: Whole & { UploadId: string; parts: MadePart[] },
): Promise<boolean> {
  const { UploadId, parts, sizeBytes, ifAbsent } = upload;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await bucket.client.send(
        new CompleteMultipartUploadCommand({
          ...bucket.at(key),
          UploadId,
          MultipartUpload: { Parts: parts },
          ...(ifAbsent && bucket.isConditional ? { IfNoneMatch: "*" } : {}),
        }),
      );
      break;
    } catch (error) {
      if (ifAbsent && isPreconditionFailed(error)) return false;
      if (isNoSuchUpload(error) && (await bucket.head(key))?.sizeBytes === sizeBytes) return true;
      if (!isWriteConflict(error) || attempt === MAX_ATTEMPTS) throw error;
      await backOff(attempt);
    }
  }
  const stored = (await bucket.head(key))?.sizeBytes;
  if (stored !== sizeBytes)
    throw storageCorrupt(new Error(`the store joined ${stored} bytes instead of ${sizeBytes}`));
  return true;
}

async function abort(
  bucket: S3Bucket,
  upload: { Bucket: string; Key: string; UploadId: string },
): Promise<void> {
  try {
    await bucket.ask(new AbortMultipartUploadCommand(upload));
  } catch (error) {
    if (!isNoSuchUpload(error)) throw error;
  }
}
