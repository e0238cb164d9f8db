import { ServerResponse } from "node:http";

/**
 * Next removes Content-Length from every answer of a route (its send-response.js), since it cannot know
 * whether `fetch` decoded a body on the way. Ours have a known length, and clients need it: progress,
 * `curl -C -`, and noticing a cut connection. So a route names it in a header of our own, and the
 * server's response class turns that into Content-Length.
 */
export const BODY_LENGTH_HEADER = "x-body-length";

/** Emitted when the head of an answer is about to be sent. */
export const HEAD_EVENT = "head";

/** For `http.createServer({ ServerResponse: RegistryResponse })`. */
export class RegistryResponse extends ServerResponse {
  override setHeader(name: string, value: number | string | readonly string[]): this {
    if (name.toLowerCase() !== BODY_LENGTH_HEADER) return super.setHeader(name, value);
    return super.setHeader("Content-Length", String(value));
  }

  /** Node calls this for every answer, also where nobody else does. */
  override writeHead(...head: unknown[]): this {
    super.writeHead(...(head as Parameters<ServerResponse["writeHead"]>));
    this.emit(HEAD_EVENT);
    return this;
  }
}
