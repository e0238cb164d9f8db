import { RegistryError } from "#lib/errors.ts";
import { contentLength, nextOrGone, type UploadHeaders } from "../upload-body.ts";
import type { ContentDigest } from "./content-digest.ts";

export type PartBody = {
  headers: UploadHeaders;
  body: AsyncIterable<Uint8Array> | null;
};

/** Checks the headers before a byte is asked for. Throws `length_mismatch`, `unsupported_media_type`. */
export function checkPartHeaders(headers: UploadHeaders, part: number, lengthBytes: number): void {
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity")
    throw new RegistryError("unsupported_media_type", "Send the body without Content-Encoding.");
  const announced = contentLength(headers["content-length"]);
  if (announced !== null && announced !== lengthBytes)
    throw wrongLength(part, lengthBytes, announced);
}

/**
 * Gives the body to `take`, chunk by chunk, and checks its length and digest. A caller that aborts `signal` need not
 * wait for a client that has gone silent.
 */
export async function readPartBody(
  { body }: PartBody,
  expected: { part: number; lengthBytes: number; digest: ContentDigest; signal: AbortSignal },
  take: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  const { part, lengthBytes, digest, signal } = expected;
  let received = 0;
  if (body !== null) {
    // The iterator is driven by hand: `for await` would cancel the body on an early refusal (see `countedBody`).
    const iterator = body[Symbol.asyncIterator]();
    for (;;) {
      const result = await orAborted(nextOrGone(iterator, received), signal);
      if (result.done) break;
      received += result.value.byteLength;
      if (received > lengthBytes) throw wrongLength(part, lengthBytes, received);
      digest.update(result.value);
      await take(result.value);
    }
  }
  if (received !== lengthBytes) throw wrongLength(part, lengthBytes, received);
  digest.verify();
}

/**
 * The result of `promise`, unless `signal` is aborted before. This is no race with one promise for the whole body:
 * that promise would remember every chunk that won against it.
 */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function wrongLength(part: number, expected: number, received: number): RegistryError {
  return new RegistryError(
    "length_mismatch",
    `Part ${part} has ${expected} bytes, this body has ${received > expected ? "more" : received}.`,
  );
}
