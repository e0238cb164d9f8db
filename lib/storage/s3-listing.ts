import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  type MultipartUpload,
} from "@aws-sdk/client-s3";
import type { S3Bucket } from "./s3-bucket.ts";
import { isNoSuchUpload } from "./s3-errors.ts";
import { bucketTime } from "./s3-probe.ts";

/** Keys below `folder` as the store orders them, page by page. */
export async function* listKeys(bucket: S3Bucket, folder: string): AsyncIterable<string> {
  for await (const { Contents } of pages(bucket, folder)) {
    for (const { Key } of Contents ?? []) {
      const key = bucket.keyOf(Key);
      // Some stores show folders as empty objects.
      if (key !== null && key !== "" && !key.endsWith("/")) yield key;
    }
  }
}

/** Names right below `folder` that have something below them. */
export async function* listFolders(bucket: S3Bucket, folder: string): AsyncIterable<string> {
  for await (const { CommonPrefixes } of pages(bucket, folder, { Delimiter: "/" })) {
    for (const { Prefix } of CommonPrefixes ?? []) {
      const key = bucket.keyOf(Prefix);
      // Stores with real folders keep an empty one for a while.
      if (key !== null && (await hasKeys(bucket, key))) yield key.slice(folder.length, -1);
    }
  }
}

async function hasKeys(bucket: S3Bucket, folder: string): Promise<boolean> {
  for await (const _key of listKeys(bucket, folder)) return true;
  return false;
}

async function* pages(bucket: S3Bucket, folder: string, more: { Delimiter?: string } = {}) {
  let ContinuationToken: string | undefined;
  do {
    const page = await bucket.ask(
      new ListObjectsV2Command({
        Bucket: bucket.name,
        Prefix: bucket.prefix + folder,
        ContinuationToken,
        ...more,
      }),
    );
    yield page;
    ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (ContinuationToken !== undefined);
}

/** Characters of keys that sort before the slash. */
const BEFORE_SLASH = /^[+.-]/;

/**
 * Bytewise order out of the order that stores with real folders have: there `a/x` comes before `a-b/x`, since the
 * folder `a` comes before `a-b`; by bytes it is the other way round. A folder's keys wait while folders come whose name is
 * its own continued by such a character. Keys that are in order stay so. Holds for the depths that
 * `layout.ts` has, where such folders are siblings that hold no further ones.
 */
export async function* inByteOrder(keys: AsyncIterable<string>): AsyncIterable<string> {
  const held: { folder: string; keys: string[] }[] = [];
  for await (const key of keys) {
    const folder = key.slice(0, key.lastIndexOf("/"));
    for (let top = held.at(-1); top; top = held.at(-1)) {
      const { folder: waiting } = top;
      const isBefore =
        folder.startsWith(waiting) && BEFORE_SLASH.test(folder.slice(waiting.length));
      if (folder === waiting || isBefore) break;
      yield* top.keys;
      held.pop();
    }
    const top = held.at(-1);
    if (top?.folder === folder) top.keys.push(key);
    else held.push({ folder, keys: [key] });
  }
  for (const { keys: rest } of held.reverse()) yield* rest;
}

/** Gives up multipart uploads that no live process of ours holds and that began long ago. */
export async function abortOldUploads(
  bucket: S3Bucket,
  olderThanMs: number,
): Promise<{ files: number; bytes: number }> {
  const aborted = { files: 0, bytes: 0 };
  let now: number | undefined;
  for (const { Key, UploadId, Initiated } of await listUnfinished(bucket)) {
    if (Key === undefined || UploadId === undefined || bucket.ownUploads.has(UploadId)) continue;
    now ??= (await bucketTime(bucket)).getTime();
    if (now - (Initiated?.getTime() ?? now) < olderThanMs) continue;
    const upload = { Bucket: bucket.name, Key, UploadId };
    try {
      const bytes = await partBytes(bucket, upload);
      await bucket.ask(new AbortMultipartUploadCommand(upload));
      aborted.files += 1;
      aborted.bytes += bytes;
    } catch (error) {
      if (!isNoSuchUpload(error)) throw error;
    }
  }
  return aborted;
}

async function partBytes(
  bucket: S3Bucket,
  upload: { Bucket: string; Key: string; UploadId: string },
): Promise<number> {
  let bytes = 0;
  let PartNumberMarker: string | undefined;
  do {
    const page = await bucket.ask(new ListPartsCommand({ ...upload, PartNumberMarker }));
    for (const { Size } of page.Parts ?? []) bytes += Size ?? 0;
    PartNumberMarker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
  } while (PartNumberMarker !== undefined);
  return bytes;
}

async function listUnfinished(bucket: S3Bucket): Promise<MultipartUpload[]> {
  const found: MultipartUpload[] = [];
  let KeyMarker: string | undefined;
  let UploadIdMarker: string | undefined;
  do {
    const page = await bucket.ask(
      new ListMultipartUploadsCommand({
        Bucket: bucket.name,
        Prefix: bucket.prefix,
        KeyMarker,
        UploadIdMarker,
      }),
    );
    found.push(...(page.Uploads ?? []).filter(({ Key }) => bucket.keyOf(Key) !== null));
    KeyMarker = page.IsTruncated ? page.NextKeyMarker : undefined;
    UploadIdMarker = page.NextUploadIdMarker;
  } while (KeyMarker !== undefined);
  return found;
}
