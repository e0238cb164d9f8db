import type { BlobReader } from "./contract.ts";
import { type BodyRange, backOff, openS3Body, type S3Body } from "./s3-body.ts";
import type { S3Bucket } from "./s3-bucket.ts";
import {
  isNoSuchKey,
  isPassing,
  isPreconditionFailed,
  s3Answer,
  s3Error,
  storageCorrupt,
} from "./s3-errors.ts";

/**
 * Fetched when a blob is opened: proves that it is there, tells its length, and is all of a small file and
 * the header of most formats, so that opening costs no request of its own.
 */
const HEAD_BYTES = 64 * 1024;
/** Answers that broke at one place without a byte of progress. Requests without an answer the SDK repeats itself. */
const MAX_FAILURES = 4;

/** Throws `blob_not_found`, `storage_corrupt`. */
export async function openS3Reader(
  bucket: S3Bucket,
  key: string,
  expectedSizeBytes?: number,
): Promise<BlobReader> {
  try {
    return await openWithHead(bucket, key, expectedSizeBytes);
  } catch (error) {
    throw s3Error(error, "reading");
  }
}

async function openWithHead(
  bucket: S3Bucket,
  key: string,
  expected: number | undefined,
): Promise<BlobReader> {
  const range = { start: 0, end: Math.max(1, Math.min(expected ?? HEAD_BYTES, HEAD_BYTES)) };
  for (let attempt = 1; ; attempt += 1) {
    const { body, sizeBytes, etag } = await openHead(bucket, key, range);
    if (expected !== undefined && sizeBytes !== expected) {
      body?.destroy();
      throw storageCorrupt(new Error(`${key} has ${sizeBytes} bytes instead of ${expected}`));
    }
    const head = Buffer.allocUnsafeSlow(body?.left ?? 0);
    try {
      for (let filled = 0; body && filled < head.byteLength; )
        filled += await body.read(head.subarray(filled));
      return new S3Reader(bucket, key, { sizeBytes, etag, head });
    } catch (error) {
      body?.destroy();
      if (!isPassing(error) || attempt === MAX_FAILURES) throw error;
      await backOff(attempt);
    }
  }
}

/** `body` is null for an empty object, of which nothing can be a range. */
async function openHead(bucket: S3Bucket, key: string, range: BodyRange) {
  try {
    return await openS3Body(bucket, key, range, { signal: new AbortController().signal });
  } catch (error) {
    if (s3Answer(error)?.status !== 416) throw error;
    const facts = await bucket.head(key);
    if (facts?.sizeBytes !== 0) throw error;
    return { body: null, sizeBytes: 0, etag: facts.etag };
  }
}

type Known = {
  sizeBytes: number;
  /** Every request must find this object; without it the first answer's is taken. */
  etag?: string | undefined;
  /** The first bytes, if they are here already. */
  head?: Buffer;
  /** Called once, with the tag of the first answer. */
  onEtag?: (etag: string) => void;
};

/**
 * Reads in order share one long request, whose connection is the read-ahead; a read elsewhere is a request of
 * its own for exactly its bytes, so reads may run in parallel. A request that breaks is made anew from where
 * it broke. Nothing is open after `close`.
 */
export class S3Reader implements BlobReader {
  readonly sizeBytes: number;
  readonly #bucket: S3Bucket;
  readonly #key: string;
  readonly #onEtag: (etag: string) => void;
  readonly #open = new Set<AbortController>();
  #etag: string | undefined;
  #head: Buffer;
  /** Idle, and ready to give the byte at `at`. */
  #parked: { body: S3Body; at: number } | null = null;
  /** Where a reader in order goes on: the first read there opens the long request. */
  #expected: number;
  #isClosed = false;

  constructor(bucket: S3Bucket, key: string, known: Known) {
    this.#bucket = bucket;
    this.#key = key;
    this.sizeBytes = known.sizeBytes;
    this.#etag = known.etag;
    this.#head = known.head ?? Buffer.alloc(0);
    this.#onEtag = known.onEtag ?? (() => undefined);
    this.#expected = this.#head.byteLength;
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    this.#throwIfClosed();
    const wanted = Math.max(0, Math.min(into.byteLength, this.sizeBytes - offset));
    const head = this.#head.subarray(offset, offset + wanted);
    into.set(head);
    if (head.byteLength < wanted)
      await this.#fill(into.subarray(head.byteLength, wanted), offset + head.byteLength);
    return wanted;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#head = Buffer.alloc(0);
    this.#parked?.body.destroy();
    this.#parked = null;
    for (const request of this.#open) request.abort();
  }

  async #fill(into: Uint8Array, offset: number): Promise<void> {
    // Only the first of parallel reads can be the one in order.
    const isInOrder = offset === this.#expected && this.#open.size === 0;
    let body = this.#unpark(offset);
    this.#expected = offset + into.byteLength;
    const request = new AbortController();
    this.#open.add(request);
    try {
      for (let done = 0, failures = 0; done < into.byteLength; ) {
        const start = offset + done;
        const end = isInOrder ? this.sizeBytes : offset + into.byteLength;
        body ??= await this.#request({ start, end }, request.signal);
        try {
          done += await body.read(into.subarray(done));
          failures = 0;
        } catch (error) {
          body.destroy();
          body = null;
          failures += 1;
          if (!isPassing(error) || failures === MAX_FAILURES) throw error;
          await backOff(failures);
        }
        this.#throwIfClosed();
      }
    } catch (error) {
      body?.destroy();
      this.#throwIfClosed();
      throw this.#failure(error);
    } finally {
      this.#open.delete(request);
    }
    if (body) this.#park(body, offset + into.byteLength);
  }

  async #request(range: { start: number; end: number }, signal: AbortSignal): Promise<S3Body> {
    const etag = this.#etag;
    const opened = await openS3Body(this.#bucket, this.#key, range, { etag, signal });
    if (opened.sizeBytes !== this.sizeBytes) {
      opened.body.destroy();
      throw storageCorrupt(new Error(`${this.#key} now has ${opened.sizeBytes} bytes`));
    }
    if (this.#etag === undefined && opened.etag !== undefined) {
      this.#etag = opened.etag;
      this.#onEtag(opened.etag);
    }
    return opened.body;
  }

  /** The bytes were there when the blob was opened: gone or replaced, this download must not end well. */
  #failure(error: unknown): unknown {
    if (isNoSuchKey(error) || isPreconditionFailed(error)) return storageCorrupt(error);
    return s3Error(error, "reading");
  }

  #unpark(offset: number): S3Body | null {
    if (this.#parked?.at !== offset) return null;
    const { body } = this.#parked;
    this.#parked = null;
    return body;
  }

  #park(body: S3Body, at: number): void {
    if (body.left === 0) return;
    this.#parked?.body.destroy();
    this.#parked = { body, at };
  }

  #throwIfClosed(): void {
    if (this.#isClosed) throw new Error("The reader is closed.");
  }
}
