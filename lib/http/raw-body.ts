/**
 * The body of an upload straight from Node's request. Next gives a route a web stream, which copies every
 * 64 KiB and moves it through several promises: an upload then costs twice the processor time
 * (docs/performance.md). The server process keeps its requests under a key that it puts into a header, and
 * the route, which Next has bundled apart, finds them again through the global object.
 */
import type { IncomingMessage } from "node:http";

/** Always overwritten by the server: what a client sends under this name says nothing. */
const REQUEST_HEADER = "x-registry-request";
/** So much may wait in memory while the consumer is busy: 1 MiB in chunks of 64 KiB. */
const CHUNKS_AHEAD_MAX = 16;

const shared = globalThis as typeof globalThis & {
  registryRequests?: Map<string, IncomingMessage>;
};
let count = 0;

/** For the server: call for each request before Next sees it; `forget` when its answer is closed. */
export function keepRawRequest(request: IncomingMessage): { forget: () => void } {
  shared.registryRequests ??= new Map();
  const requests = shared.registryRequests;
  count += 1;
  const key = String(count);
  requests.set(key, request);
  request.headers[REQUEST_HEADER] = key;
  const forget = () => {
    requests.delete(key);
    // What is left of a body that was refused early is read and dropped: a browser hears the answer only after
    // it has sent everything, and the next request of the connection stands behind it.
    if (!request.complete) request.resume();
  };
  return { forget };
}

/** The body of a request chunk by chunk, with back-pressure; null where there is none. */
export function requestBody(request: Request): AsyncIterable<Uint8Array> | null {
  if (request.body === null) return null;
  const raw = shared.registryRequests?.get(request.headers.get(REQUEST_HEADER) ?? "");
  // Without our server (a test, `next start`) there is only the web stream.
  return raw === undefined ? webChunks(request.body) : nodeChunks(raw);
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
    if (ahead.length >= CHUNKS_AHEAD_MAX) request.pause();
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
  if (request.destroyed) onGone();
  request.on("data", onData).on("end", onEnd).on("error", onGone).on("close", onGone);
  try {
    for (;;) {
      const chunks = ahead;
      ahead = [];
      if (chunks.length >= CHUNKS_AHEAD_MAX) request.resume();
      yield* chunks;
      if (ahead.length > 0) continue;
      if (failure) throw failure;
      if (isOver) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    request.off("data", onData).off("end", onEnd).off("close", onGone);
    // An early refusal: the rest stays in the socket until the answer is sent (see `forget`). The
    // listener for errors stays, since a request that fails with nobody listening ends the process.
    if (!isOver) request.pause();
  }
}
