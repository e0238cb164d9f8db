/** Sends an answer on Node's own response. */
import type { ServerResponse } from "node:http";
import { type Answer, isStreamed } from "./answer.ts";
import { COMMON_HEADERS, INERT_POLICY } from "./security-headers.ts";

const SECURITY_HEADERS = Object.entries({
  ...COMMON_HEADERS,
  "content-security-policy": INERT_POLICY,
});

/**
 * Resolves when the last byte is handed over, or when the client is gone. `onHead` is called when the status is sent. Throws
 * what a stream fails with, after the connection is cut.
 */
export async function sendAnswer(
  outgoing: ServerResponse,
  answer: Answer,
  onHead: () => void = () => {},
): Promise<void> {
  if (outgoing.destroyed) {
    if (isStreamed(answer)) await answer.body?.cancel().catch(() => {});
    return;
  }
  const headers = isStreamed(answer)
    ? Object.fromEntries(answer.headers)
    : lowerCase(answer.headers);
  for (const [name, value] of SECURITY_HEADERS) headers[name] ??= value;
  if (isStreamed(answer)) {
    // The server asks for the type when it drains: an event stream is not waited for.
    for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value);
    outgoing.writeHead(answer.status);
    onHead();
    if (answer.body === null) outgoing.end();
    else await pump(answer.body, outgoing);
    return;
  }
  if (answer.body !== null) headers["content-length"] = String(Buffer.byteLength(answer.body));
  // Without a length Node would send chunks; these have no body at all (RFC 9110, section 8.6).
  else if (outgoing.req.method !== "HEAD" && ![204, 304].includes(answer.status))
    headers["content-length"] = "0";
  outgoing.writeHead(answer.status, headers);
  onHead();
  outgoing.end(answer.body ?? undefined);
}

function lowerCase(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

/**
 * Asks for a chunk only when the socket has taken the one before: buffers of downloads are used again on that condition
 * (`file-response-stream.ts`). A stream that fails cuts the connection, which no client takes for a clean end.
 */
async function pump(body: ReadableStream<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  outgoing.flushHeaders();
  const reader = body.getReader();
  let wake = () => {};
  const onDrain = () => wake();
  outgoing.on("drain", onDrain).on("close", onDrain);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (outgoing.destroyed) {
        await reader.cancel();
        return;
      }
      if (outgoing.write(value)) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (outgoing.destroyed) resolve();
      });
    }
    outgoing.end();
  } catch (error) {
    // A client that has left is no failure; any other cut tells it that the answer is not whole.
    if (outgoing.destroyed) return;
    outgoing.destroy();
    throw error;
  } finally {
    outgoing.off("drain", onDrain).off("close", onDrain);
  }
}
