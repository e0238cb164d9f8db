import type { IncomingMessage } from "node:http";

export function isJson(answer: IncomingMessage): boolean {
  return /^application\/([\w.+-]*\+)?json\b/i.test(answer.headers["content-type"] ?? "");
}

/** `undefined` for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
