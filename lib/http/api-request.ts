/**
 * A request as routes see it: the part of the web's `Request` that they use, so that Next's and a test's requests fit
 * too.
 */
import type { IncomingMessage, ServerResponse } from "node:http";

export type ApiRequest = Pick<Request, "method" | "url" | "headers" | "signal"> & {
  /** Present only where there is no Node request behind it. */
  readonly body?: ReadableStream<Uint8Array> | null;
};

/** Node's request. Only the parts that a route asks for are translated. */
export class NodeRequest implements ApiRequest {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly method: string;
  /** The absolute URL, with path and query as the client sent them. */
  readonly url: string;
  #headers: Headers | null = null;
  #signal: AbortSignal | null = null;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse) {
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.method = incoming.method ?? "GET";
    this.url = `http://${incoming.headers.host ?? "localhost"}${incoming.url ?? "/"}`;
  }

  get headers(): Headers {
    this.#headers ??= new Headers(
      Object.entries(this.incoming.headers).map(([name, value]) => [name, String(value)]),
    );
    return this.#headers;
  }

  /** Aborted when the connection ends before the answer has. */
  get signal(): AbortSignal {
    if (this.#signal === null) {
      const controller = new AbortController();
      const { outgoing } = this;
      const abort = () => {
        if (!outgoing.writableFinished) controller.abort();
      };
      if (outgoing.destroyed) abort();
      else outgoing.once("close", abort);
      this.#signal = controller.signal;
    }
    return this.#signal;
  }
}
