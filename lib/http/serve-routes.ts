/**
 * Dispatches requests to routes straight on `node:http`. Next has the pages: it knows nothing of these paths in a
 * production build (docs/adr/0015-the-api-without-next.md).
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Answer } from "./answer.ts";
import { NodeRequest } from "./api-request.ts";
import { isPageRequest } from "./page-request.ts";
import { type ErrorDialect, problemAnswer } from "./problem.ts";
import { pathOf } from "./request-target.ts";
import type { RouteTable } from "./route-table.ts";
import { sendAnswer } from "./send-answer.ts";

/** Paths that are short for the API's: `curl http://host/models` gets JSON, a browser gets the page. */
const SHORT_PATH = /^\/models(\/|$)/;
const SHORT_PREFIX = "/api/v1";

export class RouteServer {
  readonly #tables: readonly RouteTable[];

  /** Of several tables the one with the longest matching prefix answers, whatever their order. */
  constructor(tables: readonly RouteTable[]) {
    this.#tables = [...tables].sort((a, b) => b.prefix.length - a.prefix.length);
  }

  /** The path of the API that a target means: a short one is spelled out unless the client asks for a page. */
  static pathOf(url: string, headers: IncomingHttpHeaders): string {
    const path = pathOf(url);
    return SHORT_PATH.test(path) && !isPageRequest(headers) ? SHORT_PREFIX + path : path;
  }

  methodsAt(path: string): readonly string[] | null {
    return this.#tableOf(path)?.methodsAt(path) ?? null;
  }

  /** How whoever asks for this path is told of errors, also of those that no route is reached for. */
  dialectAt(path: string): ErrorDialect {
    return this.#tableOf(path)?.dialect ?? problemAnswer;
  }

  /** Whether a table answers for this path, even if only to say that nothing is there. */
  has(path: string): boolean {
    const table = this.#tableOf(path);
    return table !== null && (table.prefix !== "" || table.methodsAt(path) !== null);
  }

  /** Resolves when the answer is sent; `onHead` is called when its status is. To be called only where `has` is true. */
  async serve(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    path: string,
    onHead: () => void,
  ): Promise<void> {
    const table = this.#tableOf(path);
    if (table === null) throw new Error(`no table has ${path}`);
    if (path.endsWith("/")) {
      await sendAnswer(outgoing, withoutSlash(incoming.url ?? path), onHead);
      return;
    }
    const request = new NodeRequest(incoming, outgoing);
    await sendAnswer(outgoing, await table.answer(request, path), onHead);
  }

  #tableOf(path: string): RouteTable | null {
    const isBelow = ({ prefix }: RouteTable) =>
      prefix === "" || path === prefix || path.startsWith(`${prefix}/`);
    return this.#tables.find(isBelow) ?? null;
  }
}

/** Redirects as Next does for pages. */
function withoutSlash(url: string): Answer {
  const path = pathOf(url);
  const headers = { Location: path.replace(/\/+$/, "") + url.slice(path.length) };
  return { status: 308, headers, body: null };
}
