import { isRegistryError, RegistryError } from "#lib/errors.ts";

/** The facts in an error of the SDK or the network. */
type Answer = { name: string; status: number; message: string; requestId: string | null };

const FULL = new Set(["InsufficientStorage", "QuotaExceeded", "StorageFull", "XMinioStorageFull"]);
const CREDENTIALS = new Set([
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "ExpiredToken",
  "InvalidToken",
  "RequestTimeTooSkewed",
  "CredentialsProviderError",
]);
/** The store received other bytes than were sent: 400s that the SDK does not repeat. */
const BROKEN_ON_THE_WAY = new Set(["BadDigest", "IncompleteBody", "XAmzContentSHA256Mismatch"]);

/** null for an error that came neither from the store nor from the network. */
export function s3Answer(error: unknown): Answer | null {
  if (!(error instanceof Error) || isRegistryError(error)) return null;
  const { $metadata, code } = error as {
    $metadata?: { httpStatusCode?: number; requestId?: string };
    code?: unknown;
  };
  const isNetwork = typeof code === "string" && /^E[A-Z]|^ERR_(SSL|TLS|STREAM|HTTP)/.test(code);
  const isOther = /^(TimeoutError|AbortError|CredentialsProviderError)$/.test(error.name);
  if ($metadata === undefined && !isNetwork && !isOther) return null;
  return {
    name: error.name,
    status: $metadata?.httpStatusCode ?? 0,
    message: error.message,
    requestId: $metadata?.requestId ?? null,
  };
}

export function isNoSuchKey(error: unknown): boolean {
  const answer = s3Answer(error);
  // HEAD has no body, so the SDK knows its 404 by the status only.
  return answer?.status === 404 && (answer.name === "NoSuchKey" || answer.name === "NotFound");
}

export function isNoSuchUpload(error: unknown): boolean {
  return s3Answer(error)?.name === "NoSuchUpload";
}

export function isPreconditionFailed(error: unknown): boolean {
  return s3Answer(error)?.status === 412;
}

/** Another conditional write of the same key is under way. */
export function isWriteConflict(error: unknown): boolean {
  return s3Answer(error)?.status === 409;
}

export function isNotImplemented(error: unknown): boolean {
  const answer = s3Answer(error);
  return answer?.status === 501 || answer?.name === "NotImplemented";
}

export function isBrokenOnTheWay(error: unknown): boolean {
  return BROKEN_ON_THE_WAY.has(s3Answer(error)?.name ?? "");
}

/** A network failure or a 5xx: the same request may succeed a moment later. */
export function isPassing(error: unknown): boolean {
  const answer = s3Answer(error);
  return answer !== null && (answer.status === 0 || answer.status === 429 || answer.status >= 500);
}

export const blobNotFound = (cause?: unknown) =>
  new RegistryError("blob_not_found", "There are no such bytes in the storage.", {
    cause: publicCause(cause),
  });

export const storageCorrupt = (cause?: unknown) =>
  new RegistryError(
    "storage_corrupt",
    "Stored bytes of this file are damaged. Tell the operator of this registry.",
    { cause: publicCause(cause) },
  );

/** The registry's error for what the store or the network answered; the rest passes unchanged. */
export function s3Error(error: unknown, doing: "reading" | "writing"): unknown {
  const answer = s3Answer(error);
  if (answer === null) return error;
  const cause = publicCause(error);
  if (isNoSuchKey(error)) return blobNotFound(error);
  if (answer.status === 507 || FULL.has(answer.name))
    return new RegistryError(
      "insufficient_storage",
      "The object store is full. Nothing of this request was kept; free space and send it again.",
      { cause },
    );
  if (CREDENTIALS.has(answer.name))
    return unavailable("The object store refuses the registry's credentials.", cause);
  if (answer.status === 403 && doing === "writing")
    return new RegistryError(
      "storage_read_only",
      "The object store refuses to be written. Nothing of this request was kept.",
      { cause },
    );
  if (answer.status === 403)
    return unavailable("The object store refuses to be read with these credentials.", cause);
  if (answer.name === "NoSuchBucket")
    return unavailable("The bucket does not exist in the object store.", cause);
  if (isPassing(error) || isBrokenOnTheWay(error) || isNoSuchUpload(error))
    return unavailable("The object store cannot be used right now. Try again in a moment.", cause);
  return cause;
}

function unavailable(detail: string, cause: unknown): RegistryError {
  return new RegistryError("unavailable", detail, { cause });
}

/**
 * Safe to log: the SDK's errors carry the whole answer, and that of a refused signature holds the key id
 * and the string that was signed.
 */
function publicCause(error: unknown): unknown {
  const answer = s3Answer(error);
  if (answer === null) return error;
  const { name, status, message, requestId } = answer;
  const facts = [status === 0 ? null : `HTTP ${status}`, requestId && `request ${requestId}`];
  const shown = facts.filter((fact) => fact !== null).join(", ");
  return new Error(`S3: ${name}: ${message}${shown === "" ? "" : ` (${shown})`}`);
}

export async function readingS3<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw s3Error(error, "reading");
  }
}

export async function writingS3<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw s3Error(error, "writing");
  }
}
