import { CopyObjectCommand } from "@aws-sdk/client-s3";
import type { ObjectFacts, S3Bucket } from "./s3-bucket.ts";
import { joinObjects, MAX_PARTS } from "./s3-multipart.ts";

/** One copy takes up to 5 GiB, but answers only when it is done; parts are copied in parallel. */
const LARGEST_COPY_BYTES = 256 * 1024 * 1024;

/**
 * `commit` of the contract. `write(ifAbsent)` makes the object, and returns false when the object was to be absent
 * and exists. Where the store has no conditional writes the later of two writers at once replaces bytes by the same
 * bytes.
 */
export async function publishObject(
  bucket: S3Bucket,
  key: string,
  sizeBytes: number,
  write: (ifAbsent: boolean) => Promise<boolean>,
): Promise<{ existed: boolean }> {
  const before = await bucket.head(key);
  if (before?.sizeBytes === sizeBytes) return { existed: true };
  if (before === null) {
    if (await write(true)) return { existed: false };
    if ((await bucket.head(key))?.sizeBytes === sizeBytes) return { existed: true };
  }
  // The object that is there has another length, so it is damaged.
  await write(false);
  return { existed: false };
}

/** Copies within the bucket; replaces the target. */
export async function copyObject(
  bucket: S3Bucket,
  from: string,
  to: string,
  source: ObjectFacts,
): Promise<void> {
  const { sizeBytes, etag } = source;
  if (sizeBytes <= LARGEST_COPY_BYTES) {
    await bucket.client.send(
      new CopyObjectCommand({
        ...bucket.at(to),
        CopySource: bucket.copySource(from),
        CopySourceIfMatch: etag,
      }),
    );
    return;
  }
  const pieceBytes = Math.max(LARGEST_COPY_BYTES, Math.ceil(sizeBytes / MAX_PARTS));
  const sources = Array.from({ length: Math.ceil(sizeBytes / pieceBytes) }, (_, index) => {
    const start = index * pieceBytes;
    return { key: from, range: { start, end: Math.min(start + pieceBytes, sizeBytes) }, etag };
  });
  await joinObjects(bucket, to, sources, { sizeBytes, ifAbsent: false });
}
