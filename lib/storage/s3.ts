import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DeleteObjectCommand, GetObjectCommand, HeadBucketCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { BlobReader, BlobWriter, StorageDriver, UploadArea, UploadShape } from "./contract.ts";
import { writing } from "./disk-errors.ts";
import { reclaimFolder } from "./disk-temporary.ts";
import { createDiskWriter } from "./disk-writer.ts";
import { checkFolder, FOLDERS, isUploadId, UPLOADS_FOLDER } from "./layout.ts";
import { S3Bucket } from "./s3-bucket.ts";
import { blobNotFound, readingS3, writingS3 } from "./s3-errors.ts";
import { abortOldUploads, inByteOrder, listFolders, listKeys } from "./s3-listing.ts";
import { bucketTime, probeBucket } from "./s3-probe.ts";
import { copyObject } from "./s3-publish.ts";
import { openS3Reader } from "./s3-reader.ts";
import { putBytes } from "./s3-send.ts";
import type { S3Settings } from "./s3-settings.ts";
import { removeUploadObjects, S3UploadArea } from "./s3-upload-area.ts";
import { S3Writer } from "./s3-writer.ts";

/** Files in transit of processes out of sight (another container) are kept this long after their last write. */
const FOREIGN_TEMPORARY_MS = 24 * 60 * 60 * 1000;

/**
 * Keeps bytes in one bucket of a store that speaks S3. `spoolPath` is a folder of this machine for files in transit
 * (s3-writer.ts says why); everything else is in the bucket, so several replicas may share it.
 */
export class S3Storage implements StorageDriver {
  readonly kind = "s3";
  readonly #bucket: S3Bucket;
  readonly #endpoint: string | null;
  readonly #spoolFolder: string;

  constructor(settings: S3Settings, spoolPath: string) {
    this.#bucket = new S3Bucket(settings);
    this.#endpoint = settings.endpoint;
    this.#spoolFolder = join(resolve(spoolPath), UPLOADS_FOLDER);
  }

  /** The error's detail tells the operator what is wrong with the bucket, the credentials or the endpoint. */
  async open(): Promise<void> {
    await writing(() => mkdir(this.#spoolFolder, { recursive: true }));
    await writing(() => reclaimFolder(this.#spoolFolder, FOREIGN_TEMPORARY_MS));
    await probeBucket(this.#bucket, this.#endpoint);
  }

  async close(): Promise<void> {
    this.#bucket.client.destroy();
  }

  async createWriter(): Promise<BlobWriter> {
    return new S3Writer(this.#bucket, await this.#createSpool());
  }

  async openReader(key: string, options?: { expectedSizeBytes?: number }): Promise<BlobReader> {
    return openS3Reader(this.#bucket, key, options?.expectedSizeBytes);
  }

  async stat(
    key: string,
  ): Promise<{ sizeBytes: number; modifiedAt: Date; revision: string } | null> {
    const facts = await readingS3(() => this.#bucket.head(key));
    if (facts === null) return null;
    const { sizeBytes, modifiedAt, etag } = facts;
    // The time is in seconds, and the tag is the same when the same bytes are written again.
    return { sizeBytes, modifiedAt, revision: `${etag}-${modifiedAt.getTime()}` };
  }

  now(): Promise<Date> {
    return writingS3(() => bucketTime(this.#bucket));
  }

  async remove(key: string): Promise<void> {
    await writingS3(() => this.#bucket.ask(new DeleteObjectCommand(this.#bucket.at(key))));
  }

  /** A copy, then a removal: a crash in between leaves both, and the same move again converges. */
  async move(from: string, to: string): Promise<void> {
    await writingS3(async () => {
      const source = await this.#bucket.head(from);
      if (source === null) throw blobNotFound();
      await copyObject(this.#bucket, from, to, source);
    });
    await this.remove(from);
  }

  async *list(folder: string): AsyncIterable<string> {
    // The bucket may hold what is not ours.
    const folders = checkFolder(folder) === "" ? [...FOLDERS].sort() : [folder];
    for (const below of folders) {
      if (below.startsWith(UPLOADS_FOLDER)) continue;
      const keys = inByteOrder(listKeys(this.#bucket, below))[Symbol.asyncIterator]();
      const next = () => readingS3(() => keys.next());
      for (let key = await next(); !key.done; key = await next()) yield key.value;
    }
  }

  async putDocument(key: string, content: Uint8Array): Promise<void> {
    await writingS3(() => putBytes(this.#bucket, key, content));
  }

  async getDocument(key: string): Promise<Uint8Array> {
    const reader = await this.openReader(key);
    try {
      const content = Buffer.alloc(reader.sizeBytes);
      await reader.read(content, 0);
      return content;
    } finally {
      await reader.close();
    }
  }

  async openUpload(id: string, shape: UploadShape): Promise<UploadArea> {
    return new S3UploadArea(this.#bucket, id, shape, () => this.#createSpool());
  }

  async *listUploads(): AsyncIterable<string> {
    const ids = listFolders(this.#bucket, UPLOADS_FOLDER)[Symbol.asyncIterator]();
    const next = () => readingS3(() => ids.next());
    for (let id = await next(); !id.done; id = await next())
      if (isUploadId(id.value)) yield id.value;
  }

  async removeUpload(id: string): Promise<void> {
    await writingS3(() => removeUploadObjects(this.#bucket, id));
  }

  async reclaimTemporary(olderThanMs: number): Promise<{ files: number; bytes: number }> {
    const here = await writing(() => reclaimFolder(this.#spoolFolder, olderThanMs));
    const there = await writingS3(() => abortOldUploads(this.#bucket, olderThanMs));
    return { files: here.files + there.files, bytes: here.bytes + there.bytes };
  }

  /**
   * null, since a bucket has no end. It is asked all the same, because readiness depends on it: throws `unavailable`.
   */
  async capacity(): Promise<null> {
    await readingS3(() => this.#bucket.ask(new HeadBucketCommand({ Bucket: this.#bucket.name })));
    return null;
  }

  createDownloadUrl(
    key: string,
    answer: { contentType: string; contentDisposition: string; ttlSeconds: number },
  ): Promise<string> {
    const command = new GetObjectCommand({
      ...this.#bucket.at(key),
      ResponseContentType: answer.contentType,
      ResponseContentDisposition: answer.contentDisposition,
    });
    return getSignedUrl(this.#bucket.client, command, { expiresIn: answer.ttlSeconds });
  }

  #createSpool(): Promise<BlobWriter> {
    return createDiskWriter(this.#spoolFolder, () => {
      throw new Error("A spooled file is not published on disk.");
    });
  }
}
