import type { IncomingMessage } from "node:http";

/**
 * The beginning of an answer's body, as text that a database takes; the rest is not waited for. What has come when `maxMs` are over
 * is all of it; without a limit of its own the reading ends with the request's signal.
 */
export async function readAnswer(
  answer: IncomingMessage,
  maxBytes: number,
  maxMs?: number,
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = maxMs === undefined ? undefined : setTimeout(() => answer.destroy(), maxMs);
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= maxBytes) break;
    }
  } catch {
    // The status has come: whatever the body would have said, the message has been answered.
  } finally {
    clearTimeout(timer);
    answer.destroy();
  }
  const text = Buffer.concat(chunks).subarray(0, maxBytes).toString("utf8");
  return text.replaceAll("\0", "\uFFFD");
}
