import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { checkKey } from "./layout.ts";
import { isNoSuchKey } from "./s3-errors.ts";
import type { S3Settings } from "./s3-settings.ts";

/** With the SDK's exponential delays the last attempt comes some seconds after the first. */
const MAX_ATTEMPTS = 6;
const CONNECTION_TIMEOUT_MS = 5000;
/** No byte in either direction. A download whose client is slower than this goes on with a new request. */
const SOCKET_TIMEOUT_MS = 60_000;
/** For requests that a store answers from its index: one that hangs is asked again, and no client waits minutes. */
const ANSWER_TIMEOUT_MS = 10_000;
/** A slow download keeps a connection, and a thousand of them may not make everybody else wait. */
const MAX_CONNECTIONS = 2048;

const SILENT = () => undefined;

export type ObjectFacts = { sizeBytes: number; modifiedAt: Date; etag: string };

/** The client of one bucket, and how keys are spelled there. */
export class S3Bucket {
  readonly client: S3Client;
  readonly name: string;
  readonly prefix: string;
  /** The store honours `If-None-Match: *`, so that of two writers of one key the first one stays. */
  isConditional = false;
  /** The store verifies the CRC-32 of what it is sent. */
  isVerifying = false;
  /** Multipart uploads of this process, which nobody may take for abandoned. */
  readonly ownUploads = new Set<string>();

  constructor(settings: S3Settings) {
    const { accessKeyId, secretAccessKey } = settings;
    this.name = settings.bucket;
    this.prefix = settings.prefix;
    this.client = new S3Client({
      region: settings.region,
      forcePathStyle: settings.forcePathStyle,
      ...(settings.endpoint === null ? {} : { endpoint: settings.endpoint }),
      ...(accessKeyId === null || secretAccessKey === null
        ? {}
        : { credentials: { accessKeyId, secretAccessKey } }),
      // The SDK's own checksums come in trailers, which many stores do not know; we send and compare ours.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      maxAttempts: MAX_ATTEMPTS,
      // It would cost a round trip for each piece of an upload, and a connection of its own.
      expectContinueHeader: false,
      // The SDK's default logger is the console.
      logger: { trace: SILENT, debug: SILENT, info: SILENT, warn: SILENT, error: SILENT },
      requestHandler: {
        connectionTimeout: CONNECTION_TIMEOUT_MS,
        socketTimeout: SOCKET_TIMEOUT_MS,
        throwOnRequestTimeout: true,
        httpAgent: new HttpAgent({ keepAlive: true, maxSockets: MAX_CONNECTIONS }),
        httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: MAX_CONNECTIONS }),
      },
    });
  }

  /** Sends requests whose answer is short or begins at once; not those that make the store copy or receive bytes. */
  readonly ask: S3Client["send"] = (command: never, options: object = {}) =>
    this.client.send(command, { requestTimeout: ANSWER_TIMEOUT_MS, ...options }) as never;

  /** The object of a key of `layout.ts`. */
  at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.name, Key: this.prefix + checkKey(key) };
  }

  /** The value of `x-amz-copy-source`, which is a URL's path. */
  copySource(key: string): string {
    const { Bucket, Key } = this.at(key);
    return [Bucket, ...Key.split("/")].map(encodeURIComponent).join("/");
  }

  /** The key of an object of this bucket; null for one outside our prefix. */
  keyOf(objectName: string | undefined): string | null {
    if (!objectName?.startsWith(this.prefix)) return null;
    return objectName.slice(this.prefix.length);
  }

  async head(key: string): Promise<ObjectFacts | null> {
    try {
      const answer = await this.ask(new HeadObjectCommand(this.at(key)));
      return {
        sizeBytes: answer.ContentLength ?? 0,
        modifiedAt: answer.LastModified ?? new Date(0),
        etag: answer.ETag ?? "",
      };
    } catch (error) {
      if (isNoSuchKey(error)) return null;
      throw error;
    }
  }
}
