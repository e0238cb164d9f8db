/** Reads what others keep in a bucket that is not the registry's own, with the client of the S3 driver. Nothing is written. */
import type { Readable } from "node:stream";
import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { S3Bucket } from "./s3-bucket.ts";
import { isNoSuchKey, isPassing, isPreconditionFailed, s3Answer } from "./s3-errors.ts";
import type { S3Settings } from "./s3-settings.ts";

export type ForeignObject = { key: string; sizeBytes: number; etag: string | undefined };
export type ForeignProblem = "passing" | "missing" | "refused" | "other";

/** `message` is one sentence without anything that the store said, which may be secret. */
export class ForeignBucketError extends Error {
  override readonly name = "ForeignBucketError";
  readonly problem: ForeignProblem;

  constructor(problem: ForeignProblem, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.problem = problem;
  }
}

export class ForeignBucket {
  readonly #bucket: S3Bucket;

  constructor(settings: Omit<S3Settings, "prefix">) {
    this.#bucket = new S3Bucket({ ...settings, prefix: "" });
  }

  /**
   * The objects below a folder (`""` is the bucket), or the one object of that key; empty objects that show folders are left out.
   * Ends early when there are more than `max`. Throws ForeignBucketError.
   */
  async list(path: string, max: number, signal: AbortSignal): Promise<ForeignObject[]> {
    const below = await this.#page(path === "" ? "" : `${path}/`, max, signal);
    if (below.length > 0 || path === "") return below;
    // The key itself is the first of all that begin with it.
    const [first] = await this.#page(path, 0, signal);
    return first?.key === path ? [first] : [];
  }

  async #page(prefix: string, max: number, signal: AbortSignal): Promise<ForeignObject[]> {
    const found: ForeignObject[] = [];
    let ContinuationToken: string | undefined;
    do {
      const command = { Bucket: this.#bucket.name, Prefix: prefix, ContinuationToken };
      const page = await this.#asking(signal, () =>
        this.#bucket.ask(new ListObjectsV2Command(command), { abortSignal: signal }),
      );
      for (const { Key = "", Size = 0, ETag } of page.Contents ?? [])
        if (!Key.endsWith("/")) found.push({ key: Key, sizeBytes: Size, etag: ETag });
      ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (ContinuationToken !== undefined && found.length <= max);
    return found;
  }

  /** The bytes of an object as it was listed. Throws ForeignBucketError; the reading throws what the network throws. */
  async open({ key, etag }: ForeignObject, signal: AbortSignal): Promise<Readable> {
    const IfMatch = etag === undefined ? {} : { IfMatch: etag };
    const command = { Bucket: this.#bucket.name, Key: key, ...IfMatch };
    const answer = await this.#asking(signal, () =>
      this.#bucket.ask(new GetObjectCommand(command), { abortSignal: signal }),
    );
    return answer.Body as Readable;
  }

  close(): void {
    this.#bucket.client.destroy();
  }

  async #asking<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (cause) {
      signal.throwIfAborted();
      throw explained(this.#bucket.name, cause);
    }
  }
}

function explained(bucket: string, cause: unknown): unknown {
  const answer = s3Answer(cause);
  if (answer === null) return cause;
  const error = (problem: ForeignProblem, message: string) =>
    new ForeignBucketError(problem, message, { cause });
  if (isNoSuchKey(cause)) return error("missing", "An object was deleted while it was read.");
  if (isPreconditionFailed(cause)) return error("passing", "An object changed while it was read.");
  if (answer.name === "NoSuchBucket") return error("missing", `There is no bucket ${bucket}.`);
  if (answer.name === "CredentialsProviderError" || answer.status === 401 || answer.status === 403)
    return error("refused", `The registry's credentials do not open the bucket ${bucket}.`);
  if (isPassing(cause)) return error("passing", "The object store does not answer.");
  return error("other", `The object store answered ${answer.status}.`);
}
