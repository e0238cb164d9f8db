import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { S3Bucket } from "./s3-bucket.ts";
import { storageCorrupt } from "./s3-errors.ts";

/**
 * Bytes that wait in this process for the next read. Few, because every download has them; the kernel's socket buffer
 * reads ahead as well.
 */
const READ_AHEAD_BYTES = 128 * 1024;

export type BodyRange = { start: number; end: number };

export type OpenedBody = { body: S3Body; sizeBytes: number; etag: string | undefined };

/**
 * The bytes `start` to `end - 1` of an object as one request. `etag` makes the request fail (412) when the object is
 * another one by now. Returns the length of the whole object as well.
 */
export async function openS3Body(
  bucket: S3Bucket,
  key: string,
  range: BodyRange,
  options: { etag?: string | undefined; signal: AbortSignal },
): Promise<OpenedBody> {
  const { start, end } = range;
  const answer = await bucket.ask(
    new GetObjectCommand({
      ...bucket.at(key),
      Range: `bytes=${start}-${end - 1}`,
      ...(options.etag === undefined ? {} : { IfMatch: options.etag }),
    }),
    { abortSignal: options.signal },
  );
  const stream = answer.Body as Readable;
  // A store that ignores the range answers with everything and names no range.
  const named = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.ContentRange ?? "");
  const first = named ? Number(named[1]) : 0;
  const sizeBytes = named ? Number(named[3]) : (answer.ContentLength ?? 0);
  if (first !== start) {
    stream.destroy();
    throw storageCorrupt(new Error(`the store answered bytes from ${first} instead of ${start}`));
  }
  return {
    body: new S3Body(stream, Math.min(end, sizeBytes) - start),
    sizeBytes,
    etag: answer.ETag,
  };
}

/** Reads one answer in order. One `read` at a time. */
export class S3Body {
  readonly #stream: Readable;
  #left: number;
  #chunks: Buffer[] = [];
  #waiting = 0;
  #failure: Error | null = null;
  #isEnded = false;
  #wake: () => void = () => undefined;

  /** `length`: the bytes that were asked for. */
  constructor(stream: Readable, length: number) {
    this.#stream = stream;
    this.#left = length;
    stream.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#waiting += chunk.byteLength;
      if (this.#waiting >= READ_AHEAD_BYTES) stream.pause();
      this.#wake();
    });
    const end = (failure?: Error) => {
      this.#isEnded = true;
      this.#failure ??= failure ?? null;
      this.#wake();
    };
    stream
      .on("end", () => end())
      .on("close", () => end())
      .on("error", end);
    if (length === 0) stream.resume();
  }

  /** Bytes of the range that were not read yet. */
  get left(): number {
    return this.#left;
  }

  /** Fills a part of `into`, at least one byte. Throws when the answer ends before its length. */
  async read(into: Uint8Array): Promise<number> {
    while (this.#chunks.length === 0) {
      if (this.#failure !== null) throw this.#failure;
      if (this.#isEnded)
        throw Object.assign(new Error("The store's answer ended early."), { code: "ECONNRESET" });
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#stream.resume();
      });
    }
    const chunk = this.#chunks.shift() as Buffer;
    const part = chunk.subarray(0, Math.min(into.byteLength, this.#left));
    into.set(part);
    if (part.byteLength < chunk.byteLength) this.#chunks.unshift(chunk.subarray(part.byteLength));
    this.#waiting -= part.byteLength;
    this.#left -= part.byteLength;
    if (this.#left === 0) this.#finish();
    else if (this.#waiting < READ_AHEAD_BYTES) this.#stream.resume();
    return part.byteLength;
  }

  /** Gives up the connection; safe to call twice and at the end. */
  destroy(): void {
    this.#chunks = [];
    this.#stream.destroy();
  }

  /** Reads the message to its end, without which the connection is not used again; a longer answer is cut. */
  #finish(): void {
    if (this.#waiting > 0) this.destroy();
    else this.#stream.resume();
  }
}

/** Waits between attempts at the same bytes. The SDK spaces its own attempts itself. */
export async function backOff(attempt: number): Promise<void> {
  const ceiling = Math.min(5000, 100 * 2 ** attempt);
  await sleep(ceiling / 2 + (Math.random() * ceiling) / 2);
}
