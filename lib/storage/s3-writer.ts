import type { BlobReader, BlobWriter } from "./contract.ts";
import type { S3Bucket } from "./s3-bucket.ts";
import { writingS3 } from "./s3-errors.ts";
import { publishObject } from "./s3-publish.ts";
import { sendObject } from "./s3-send.ts";

/**
 * Collects a blob on this machine's disk and sends it to the bucket at `commit`.
 *
 * Why not straight into the bucket: the key is the digest, known only at the end, so the bytes would need a
 * temporary object and a copy of it, and the inspection between `finish` and `commit` would fetch them back. From here
 * they go once, to their own key, and not at all when the key exists or the file is refused. Every piece has a known
 * length and can be sent again, and no slow client holds memory or a connection to the store.
 * The price is room on the disk for files in transit (docs/adr/0006).
 */
export class S3Writer implements BlobWriter {
  readonly #bucket: S3Bucket;
  readonly #spool: BlobWriter;

  constructor(bucket: S3Bucket, spool: BlobWriter) {
    this.#bucket = bucket;
    this.#spool = spool;
  }

  get bytesWritten(): number {
    return this.#spool.bytesWritten;
  }

  get blockSums(): Uint8Array {
    return this.#spool.blockSums;
  }

  write(chunk: Uint8Array): Promise<void> {
    return this.#spool.write(chunk);
  }

  finish(): Promise<{ sha256: string; sizeBytes: number }> {
    return this.#spool.finish();
  }

  openReader(): Promise<BlobReader> {
    return this.#spool.openReader();
  }

  async commit(key: string): Promise<{ existed: boolean }> {
    const reader = await this.#spool.openReader();
    try {
      const { sha256, sizeBytes } = await this.#spool.finish();
      const result = await writingS3(() =>
        publishObject(this.#bucket, key, sizeBytes, (ifAbsent) =>
          sendObject(this.#bucket, key, reader, { sha256, ifAbsent }),
        ),
      );
      await this.#spool.abort();
      return result;
    } finally {
      await reader.close();
    }
  }

  abort(): Promise<void> {
    return this.#spool.abort();
  }
}
