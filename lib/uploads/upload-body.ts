import { RegistryError } from "#lib/errors.ts";
import type { StorageDriver } from "#lib/storage/contract.ts";
import { checkSpace, claimSpace, type SpaceClaim } from "./free-space.ts";

/** Header names in lower case. */
export type UploadHeaders = Readonly<Record<string, string | undefined>>;
export type UploadLimits = {
  maxUploadSizeBytes: number;
  minFreeSpaceBytes: number;
  maxFilesPerVersion: number;
};

/** Boundaries, part headers and text fields on top of the files themselves: 10,000 parts of 1.6 KiB. */
const FORM_OVERHEAD_BYTES = 16 * 1024 * 1024;
/** How many bytes pass between two looks at the free space: other uploads eat from it too. */
const SPACE_CHECK_BYTES = 256 * 1024 * 1024;

/**
 * The request's body, with its length held to what was announced and to the limits. Everything that
 * the headers tell is checked before the first byte is asked for. The caller releases the claim when the bytes are
 * written or given up.
 *
 * Throws at once or while it is read: `length_mismatch`, `too_large`, `insufficient_storage`,
 * `unsupported_media_type`, `invalid_request`.
 */
export async function countedBody(input: {
  headers: UploadHeaders;
  body: AsyncIterable<Uint8Array> | null;
  storage: StorageDriver;
  limits: UploadLimits;
}): Promise<{ body: AsyncIterable<Uint8Array>; claim: SpaceClaim }> {
  const { headers, body, storage, limits } = input;
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity")
    throw new RegistryError("unsupported_media_type", "Send the body without Content-Encoding.");
  const announced = contentLength(headers["content-length"]);
  const cap = limits.maxUploadSizeBytes + FORM_OVERHEAD_BYTES;
  if (announced !== null && announced > cap) throw tooLarge(limits);
  if (body === null) throw new RegistryError("invalid_multipart", "The request has no body.");
  const claim = await claimSpace(storage, announced ?? 0, limits);
  return { body: count(body, { announced, cap, storage, limits, claim }), claim };
}

async function* count(
  body: AsyncIterable<Uint8Array>,
  checks: {
    announced: number | null;
    cap: number;
    storage: StorageDriver;
    limits: UploadLimits;
    claim: SpaceClaim;
  },
): AsyncGenerator<Uint8Array, void, undefined> {
  const { announced, cap, storage, limits, claim } = checks;
  let received = 0;
  let nextSpaceCheck = SPACE_CHECK_BYTES;
  // The iterator is driven by hand: `for await` would cancel the request's body on an early refusal, and with it the
  // connection that the answer has to take.
  const iterator = body[Symbol.asyncIterator]();
  for (;;) {
    const result = await nextOrGone(iterator, received);
    if (result.done) break;
    received += result.value.byteLength;
    claim.received(result.value.byteLength);
    if (received > cap) throw tooLarge(limits);
    if (announced !== null && received > announced) throw lengthMismatch(received, announced);
    if (received >= nextSpaceCheck) {
      nextSpaceCheck += SPACE_CHECK_BYTES;
      await checkSpace(storage, 0, limits);
    }
    yield result.value;
  }
  if (announced !== null && received < announced) throw lengthMismatch(received, announced);
}

/** A body fails when its client went away, which is no fault of the server. */
export async function nextOrGone(
  iterator: AsyncIterator<Uint8Array>,
  received: number,
): Promise<IteratorResult<Uint8Array>> {
  try {
    return await iterator.next();
  } catch (error) {
    const detail = `The connection ended after ${received} bytes of the body.`;
    throw new RegistryError("length_mismatch", detail, { cause: error });
  }
}

export function contentLength(header: string | undefined): number | null {
  if (header === undefined) return null;
  const length = Number(header);
  if (!/^\d{1,16}$/.test(header) || !Number.isSafeInteger(length))
    throw new RegistryError("invalid_request", "Content-Length is not a number.");
  return length;
}

function tooLarge(limits: UploadLimits): RegistryError {
  return new RegistryError(
    "too_large",
    `An upload has at most ${limits.maxUploadSizeBytes} bytes (storage.max_upload_size).`,
  );
}

function lengthMismatch(received: number, announced: number): RegistryError {
  return new RegistryError(
    "length_mismatch",
    `The body has ${received} bytes; Content-Length announced ${announced}.`,
  );
}
