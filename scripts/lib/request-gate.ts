/**
 * Bounds how many requests are worked on at once. One process answers a few hundred in a second, so further ones wait
 * anyway; as an open request in Next and PostgreSQL one holds a hundred times the memory of one in this queue.
 */
import type { IncomingMessage, ServerResponse } from "node:http";

/** Keeps both the processor and the pool of database connections busy. */
const WORKED_ON_MAX = 64;
/** After this wait the client hears that the server has too much to do, while it may still be listening. */
const WAIT_MAX_MS = 20_000;
/** Supervisors must get through when nothing else does. */
const UNGATED = new Set(["/healthz", "/readyz", "/metrics"]);

type Waiting = { begin: () => void; refusal: NodeJS.Timeout };

export class RequestGate {
  readonly #max: number;
  readonly #waitMaxMs: number;
  readonly #waiting = new Set<Waiting>();
  #workedOn = 0;

  constructor(max = WORKED_ON_MAX, waitMaxMs = WAIT_MAX_MS) {
    this.#max = max;
    this.#waitMaxMs = waitMaxMs;
  }

  /**
   * Calls `begin` in the order of arrival, or `refuse` when the wait was too long. A request is worked on until `leave`
   * is called or its answer is closed. Call `leave` when the head of the answer is sent: from then on it may be a
   * download or an event stream, and lasts as long as its client wants.
   * Bodies that come in are not counted either, they last as long as their clients send.
   */
  enter(
    request: IncomingMessage,
    response: ServerResponse,
    { begin, refuse }: { begin: (leave: () => void) => void; refuse: () => void },
  ): void {
    if (!isGated(request)) {
      begin(() => {});
      return;
    }
    const work = () => {
      this.#workedOn += 1;
      begin(this.#leaveOnce(response));
    };
    if (this.#workedOn < this.#max) {
      work();
      return;
    }
    const waiting: Waiting = {
      begin: work,
      refusal: setTimeout(() => {
        this.#forget(waiting);
        refuse();
      }, this.#waitMaxMs),
    };
    this.#waiting.add(waiting);
    response.once("close", () => this.#forget(waiting));
  }

  #leaveOnce(response: ServerResponse): () => void {
    let hasLeft = false;
    const leave = () => {
      if (hasLeft) return;
      hasLeft = true;
      response.off("close", leave);
      this.#workedOn -= 1;
      const [next] = this.#waiting;
      if (!next) return;
      this.#forget(next);
      next.begin();
    };
    response.on("close", leave);
    return leave;
  }

  #forget(waiting: Waiting): void {
    clearTimeout(waiting.refusal);
    this.#waiting.delete(waiting);
  }
}

function isGated({ method, headers, url = "" }: IncomingMessage): boolean {
  const hasBody = "content-length" in headers || "transfer-encoding" in headers;
  return (
    (method === "GET" || method === "HEAD") && !hasBody && !UNGATED.has(url.split("?", 1)[0] ?? "")
  );
}
