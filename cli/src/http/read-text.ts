import type { IncomingMessage } from "node:http";

export class TooLong extends Error {}

/** The whole body as UTF-8; throws `TooLong` beyond `maxBytes`, and the connection's error when it ends early. */
export async function readText(answer: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) {
      answer.destroy();
      throw new TooLong(`more than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
