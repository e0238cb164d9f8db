import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import {
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { isRegistryError, RegistryError } from "#lib/errors.ts";
import { UPLOADS_FOLDER } from "./layout.ts";
import type { S3Bucket } from "./s3-bucket.ts";
import { isPreconditionFailed, s3Answer, s3Error } from "./s3-errors.ts";

/**
 * Proves at start that the bucket can be listed and written, and finds out what this store can do. Throws an error
 * whose detail tells the operator what to change.
 */
export async function probeBucket(bucket: S3Bucket, endpoint: string | null): Promise<void> {
  const place = `bucket ${bucket.name} of ${endpoint === null ? "AWS S3" : endpoint}`;
  // A listing and not HEAD: only an answer with a body says what is wrong.
  await telling(place, "read", () =>
    bucket.ask(
      new ListObjectsV2Command({ Bucket: bucket.name, Prefix: bucket.prefix, MaxKeys: 1 }),
    ),
  );
  const object = probeObject(bucket);
  await telling(place, "written", async () => {
    try {
      bucket.isVerifying = await isVerifying(bucket, object);
      bucket.isConditional = await isConditional(bucket, object);
    } finally {
      await bucket.ask(new DeleteObjectCommand(object));
    }
  });
}

/** The time by the store's clock: that of an object made now. */
export async function bucketTime(bucket: S3Bucket): Promise<Date> {
  const object = probeObject(bucket);
  await bucket.ask(new PutObjectCommand({ ...object, Body: Buffer.alloc(0) }));
  try {
    const { LastModified } = await bucket.ask(new HeadObjectCommand(object));
    if (LastModified === undefined) throw new Error("the store tells no time of an object");
    return LastModified;
  } finally {
    await bucket.ask(new DeleteObjectCommand(object));
  }
}

function probeObject(bucket: S3Bucket): { Bucket: string; Key: string } {
  const name = `probe-${randomBytes(8).toString("hex")}`;
  return { Bucket: bucket.name, Key: bucket.prefix + UPLOADS_FOLDER + name };
}

/** A store that knows checksums repeats the one that it compared. */
async function isVerifying(
  bucket: S3Bucket,
  object: { Bucket: string; Key: string },
): Promise<boolean> {
  const Body = Buffer.from("probe");
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(Body));
  const ChecksumCRC32 = bytes.toString("base64");
  const answer = await bucket.ask(new PutObjectCommand({ ...object, Body, ChecksumCRC32 }));
  return answer.ChecksumCRC32 === ChecksumCRC32;
}

async function isConditional(
  bucket: S3Bucket,
  object: { Bucket: string; Key: string },
): Promise<boolean> {
  try {
    await bucket.ask(
      new PutObjectCommand({ ...object, Body: Buffer.from("again"), IfNoneMatch: "*" }),
    );
    // The condition was ignored.
    return false;
  } catch (error) {
    const answer = s3Answer(error);
    if (isPreconditionFailed(error)) return true;
    if (answer?.status === 400 || answer?.status === 501) return false;
    throw error;
  }
}

async function telling<T>(place: string, doing: "read" | "written", step: () => Promise<T>) {
  try {
    return await step();
  } catch (error) {
    const mapped = s3Error(error, doing === "read" ? "reading" : "writing");
    const reason = reasonOf(error);
    if (reason === null) throw mapped;
    const code = isRegistryError(mapped) ? mapped.code : "unavailable";
    throw new RegistryError(code, `The ${place} cannot be ${doing}: ${reason}.`, {
      cause: isRegistryError(mapped) ? mapped.cause : mapped,
    });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  NoSuchBucket: "it does not exist; create it, or correct storage.s3.bucket",
  InvalidAccessKeyId: "the store does not know storage.s3.access_key_id",
  SignatureDoesNotMatch: "storage.s3.secret_access_key does not belong to access_key_id",
  AccessDenied: "the credentials lack the right to do so (docs/storage.md lists what is needed)",
  CredentialsProviderError:
    "there are no credentials; set storage.s3.access_key_id and secret_access_key",
  RequestTimeTooSkewed: "the clocks of this machine and of the store differ too much",
  PermanentRedirect: "it is in another region; correct storage.s3.region",
  AuthorizationHeaderMalformed: "it is in another region; correct storage.s3.region",
};

function reasonOf(error: unknown): string | null {
  const answer = s3Answer(error);
  if (answer === null) return null;
  const known = REASONS[answer.name];
  if (known !== undefined) return known;
  if (answer.status === 403) return REASONS.AccessDenied ?? null;
  if (answer.status === 0)
    return `the store does not answer (${answer.message}); is storage.s3.endpoint right?`;
  return `the store answered ${answer.status} ${answer.name}`;
}
