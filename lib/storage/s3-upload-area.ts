import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { RegistryError } from "#lib/errors.ts";
import type { BlobReader, BlobWriter, PartWriter, UploadArea, UploadShape } from "./contract.ts";
import { uploadFolder } from "./layout.ts";
import { partLength, wrongLength } from "./part-writer.ts";
import type { S3Bucket } from "./s3-bucket.ts";
import { isNotImplemented, isPreconditionFailed, writingS3 } from "./s3-errors.ts";
import { listKeys } from "./s3-listing.ts";
import { joinObjects, MAX_PARTS } from "./s3-multipart.ts";
import { publishObject } from "./s3-publish.ts";
import { S3Reader } from "./s3-reader.ts";
import { sendObject } from "./s3-send.ts";

/** S3 joins pieces of 5 MiB to 5 GiB; only the last one may be shorter. */
const SMALLEST_PIECE_BYTES = 5 * 1024 * 1024;
const LARGEST_PIECE_BYTES = 5 * 1024 * 1024 * 1024;
const PARALLEL_REMOVALS = 16;

type Spool = () => Promise<BlobWriter>;

/**
 * Every part is an object, `uploads/<id>/<part>`, so any replica can take any part and read what is there. The store
 * joins the parts under the blob's key: their bytes do not come back to this process, unless the parts are too small or
 * too many for that.
 */
export class S3UploadArea implements UploadArea {
  readonly #bucket: S3Bucket;
  readonly #folder: string;
  readonly #shape: UploadShape;
  readonly #spool: Spool;
  readonly #readers = new Set<BlobReader>();
  /**
   * The parts as `openReader` read them: what was verified is what this area publishes, even if an attempt at a part
   * that was given up ends late, on another replica.
   */
  readonly #etags = new Map<number, string>();

  constructor(bucket: S3Bucket, id: string, shape: UploadShape, spool: Spool) {
    this.#bucket = bucket;
    this.#folder = uploadFolder(id);
    this.#shape = shape;
    this.#spool = spool;
  }

  async createPartWriter(part: number): Promise<PartWriter> {
    const bytes = partLength(this.#shape, part);
    const send = async (reader: BlobReader, sha256: string) => {
      await sendObject(this.#bucket, this.#keyOf(part), reader, { sha256, ifAbsent: false });
    };
    return new S3PartWriter(await this.#spool(), { part, bytes, send });
  }

  async openReader(): Promise<BlobReader> {
    const { sizeBytes, partSizeBytes } = this.#shape;
    const reader = new PartsReader(sizeBytes, partSizeBytes, (part) => {
      const known = { sizeBytes: partLength(this.#shape, part), etag: this.#etags.get(part) };
      const onEtag = (etag: string) => this.#etags.set(part, etag);
      return new S3Reader(this.#bucket, this.#keyOf(part), { ...known, onEtag });
    });
    this.#readers.add(reader);
    return reader;
  }

  async commit(key: string): Promise<{ existed: boolean }> {
    const { sizeBytes } = this.#shape;
    try {
      return await writingS3(() =>
        publishObject(this.#bucket, key, sizeBytes, (ifAbsent) => this.#assemble(key, ifAbsent)),
      );
    } catch (error) {
      throw isPreconditionFailed(error) ? changed(error) : error;
    }
  }

  async close(): Promise<void> {
    for (const reader of this.#readers) await reader.close();
    this.#readers.clear();
  }

  async #assemble(key: string, ifAbsent: boolean): Promise<boolean> {
    const { sizeBytes } = this.#shape;
    if (this.#isJoinable()) {
      const sources = Array.from({ length: this.#partCount() }, (_, part) => {
        const etag = this.#etags.get(part);
        return { key: this.#keyOf(part), range: null, ...(etag === undefined ? {} : { etag }) };
      });
      try {
        return await joinObjects(this.#bucket, key, sources, { sizeBytes, ifAbsent });
      } catch (error) {
        if (isPreconditionFailed(error)) throw changed(error);
        // Some stores cannot join objects.
        if (!isNotImplemented(error)) throw error;
      }
    }
    const reader = await this.openReader();
    try {
      return await sendObject(this.#bucket, key, reader, { ifAbsent });
    } finally {
      await reader.close();
    }
  }

  #isJoinable(): boolean {
    const { partSizeBytes } = this.#shape;
    const count = this.#partCount();
    const isLargeEnough = count === 1 || partSizeBytes >= SMALLEST_PIECE_BYTES;
    return count > 0 && count <= MAX_PARTS && isLargeEnough && partSizeBytes <= LARGEST_PIECE_BYTES;
  }

  #partCount(): number {
    return Math.ceil(this.#shape.sizeBytes / this.#shape.partSizeBytes);
  }

  #keyOf(part: number): string {
    return this.#folder + part;
  }
}

/** Removes every object of a transfer. */
export async function removeUploadObjects(bucket: S3Bucket, id: string): Promise<void> {
  const keys = listKeys(bucket, uploadFolder(id))[Symbol.asyncIterator]();
  // One DELETE each: a DELETE of many needs a checksum on which stores do not agree.
  const lane = async () => {
    for (let next = await keys.next(); !next.done; next = await keys.next())
      await bucket.ask(new DeleteObjectCommand(bucket.at(next.value)));
  };
  await Promise.all(Array.from({ length: PARALLEL_REMOVALS }, lane));
}

function changed(cause: unknown): RegistryError {
  return new RegistryError(
    "unavailable",
    "A part was sent again while the upload was being completed. Complete it once more.",
    { cause },
  );
}

type PartTarget = {
  part: number;
  bytes: number;
  send: (reader: BlobReader, sha256: string) => Promise<void>;
};

/** Collects one attempt at a part on this machine's disk (s3-writer.ts says why), then sends it whole. */
class S3PartWriter implements PartWriter {
  readonly #spool: BlobWriter;
  readonly #target: PartTarget;

  constructor(spool: BlobWriter, target: PartTarget) {
    this.#spool = spool;
    this.#target = target;
  }

  async write(chunk: Uint8Array): Promise<void> {
    const { part, bytes } = this.#target;
    if (this.#spool.bytesWritten + chunk.byteLength > bytes) throw wrongLength(part, bytes);
    await this.#spool.write(chunk);
  }

  async finish(): Promise<void> {
    const { part, bytes, send } = this.#target;
    if (this.#spool.bytesWritten !== bytes) throw wrongLength(part, bytes);
    const { sha256 } = await this.#spool.finish();
    const reader = await this.#spool.openReader();
    try {
      await writingS3(() => send(reader, sha256));
    } finally {
      await reader.close();
    }
    await this.#spool.abort();
  }

  abort(): Promise<void> {
    return this.#spool.abort();
  }
}

/** The parts as one sequence of bytes. A part that is not there reads as `storage_corrupt`. */
class PartsReader implements BlobReader {
  readonly sizeBytes: number;
  readonly #partSizeBytes: number;
  readonly #open: (part: number) => BlobReader;
  readonly #parts = new Map<number, BlobReader>();
  #isClosed = false;

  constructor(sizeBytes: number, partSizeBytes: number, open: (part: number) => BlobReader) {
    this.sizeBytes = sizeBytes;
    this.#partSizeBytes = partSizeBytes;
    this.#open = open;
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    if (this.#isClosed) throw new Error("The reader is closed.");
    const wanted = Math.max(0, Math.min(into.byteLength, this.sizeBytes - offset));
    for (let done = 0; done < wanted; ) {
      const part = Math.floor((offset + done) / this.#partSizeBytes);
      const within = (offset + done) % this.#partSizeBytes;
      const length = Math.min(wanted - done, this.#partSizeBytes - within);
      done += await this.#partReader(part).read(into.subarray(done, done + length), within);
    }
    return wanted;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const reader of this.#parts.values()) await reader.close();
    this.#parts.clear();
  }

  #partReader(part: number): BlobReader {
    const known = this.#parts.get(part);
    if (known) return known;
    const reader = this.#open(part);
    this.#parts.set(part, reader);
    return reader;
  }
}
