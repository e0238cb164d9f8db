/**
 * The body of a request straight from Node. A web stream copies every 64 KiB and moves it through several promises: an
 * upload then costs twice the processor time (docs/performance.md).
 */

import type { IncomingMessage } from "node:http";
import { type ApiRequest, NodeRequest } from "./api-request.ts";

/**
 * Chunks that may wait in memory while the consumers are busy: 1 MiB in chunks of 64 KiB, for all bodies together.
 * Chunks that wait long outlive the cheap collections, and stay until an expensive one.
 */
const CHUNKS_AHEAD_MAX = 16;
const CHUNKS_AHEAD_MIN = 2;
/** Long enough for a client to notice the answer to an upload that it is still sending. */
const DISCARD_TIMEOUT_MS = 10_000;

let activeBodies = 0;
const chunksAheadMax = () =>
  Math.max(CHUNKS_AHEAD_MIN, Math.floor(CHUNKS_AHEAD_MAX / activeBodies));

/**
 * To be called by the server when an answer is closed. The rest of a body that was refused early is read and dropped
 * for a while: many clients hear the answer only after they have sent everything, and the next request of the
 * connection stands behind it.
 */
export function discardRest(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  request.removeAllListeners("data");
  request.resume();
  const cut = setTimeout(() => request.socket.destroy(), DISCARD_TIMEOUT_MS);
  request.on("end", () => clearTimeout(cut));
  request.on("close", () => clearTimeout(cut));
}

/** The body of a request chunk by chunk, with back-pressure; null where there is none. */
export function requestBody(request: ApiRequest): AsyncIterable<Uint8Array> | null {
  if (request instanceof NodeRequest) return nodeBody(request.incoming);
  return request.body ? webChunks(request.body) : null;
}

/** RFC 9112, section 6.3: a request without these two headers has no body. */
function nodeBody(incoming: IncomingMessage): AsyncIterable<Uint8Array> | null {
  const { headers } = incoming;
  const hasBody = "transfer-encoding" in headers || "content-length" in headers;
  return hasBody ? nodeChunks(incoming) : null;
}

async function* webChunks(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

/** Throws when the client goes away before the end of its body. */
export async function* nodeChunks(
  request: IncomingMessage,
): AsyncGenerator<Uint8Array, void, undefined> {
  let ahead: Buffer[] = [];
  let isOver = false;
  let failure: Error | null = null;
  let wake = () => {};
  const onData = (chunk: Buffer) => {
    ahead.push(chunk);
    if (ahead.length >= chunksAheadMax()) request.pause();
    wake();
  };
  const onEnd = () => {
    isOver = true;
    wake();
  };
  const onGone = (error?: Error) => {
    if (!request.complete || error) failure ??= error ?? new Error("The client went away.");
    onEnd();
  };
  activeBodies += 1;
  if (request.destroyed) onGone();
  request.on("data", onData).on("end", onEnd).on("error", onGone).on("close", onGone);
  try {
    for (;;) {
      const chunks = ahead;
      ahead = [];
      if (request.isPaused()) request.resume();
      yield* chunks;
      if (ahead.length > 0) continue;
      if (failure) throw failure;
      if (isOver) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    activeBodies -= 1;
    request.off("data", onData).off("end", onEnd).off("close", onGone);
    // An early refusal: the rest stays in the socket until the answer is sent (see `discardRest`). The
    // listener for errors stays, since a request that fails with nobody listening ends the process.
    if (!isOver) request.pause();
  }
}
