import { randomUUID } from "node:crypto";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { keepExchange } from "../../lib/http/node-exchange.ts";
import { discardRest } from "../../lib/http/raw-body.ts";
import { RegistryResponse } from "../../lib/http/registry-response.ts";
import type { NextApp } from "./next-app.ts";
import { RequestGate } from "./request-gate.ts";

/** The port cannot be had; the message says what to do. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

/** Time for a request's head: a client that trickles it is cut long before it is one of a thousand. */
const HEADERS_TIMEOUT_MS = 30_000;
/** Longer than the 60 s of the usual proxies, so that they, not we, end an idle connection. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** Node's default, kept on purpose: cookies and proxies' headers fit, a flood does not. */
const MAX_HEADER_BYTES = 16 * 1024;
/** Within the 30 s that Kubernetes gives a container, with time left to stop the database. */
export const DRAIN_TIMEOUT_MS = 20_000;
/** lib/server.ts reads the client's address from here; what a client sends under this name is replaced. */
const ADDRESS_HEADER = "x-registry-client-address";

type Exchange = { request: IncomingMessage; response: ServerResponse };

/** Plain HTTP in front of Next: time-outs that long uploads survive, and an orderly end. */
export class HttpServer {
  readonly server: Server;
  readonly #active = new Map<Socket, Exchange>();
  readonly #gate = new RequestGate();
  #app: NextApp | null = null;
  #isDraining = false;

  /** `idleTimeoutMs`: a connection on which the client neither sends nor takes bytes is cut. */
  constructor(idleTimeoutMs: number) {
    this.server = createServer({
      maxHeaderSize: MAX_HEADER_BYTES,
      ServerResponse: RegistryResponse,
    });
    // A 200 GB upload takes hours: what counts is that bytes keep coming.
    this.server.requestTimeout = 0;
    this.server.headersTimeout = HEADERS_TIMEOUT_MS;
    this.server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
    this.server.timeout = idleTimeoutMs;
    this.server.on("timeout", (socket: Socket) => this.#cutIfIdle(socket, idleTimeoutMs));
    this.server.on("request", (request, response) => this.#answer(request, response));
  }

  /** Takes the port; until `serve` every answer is 503. Gives the URL. Throws ListenError. */
  async listen(host: string, port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", (error: NodeJS.ErrnoException) =>
        reject(new ListenError(listenSentence(error, host, port), { cause: error })),
      );
      this.server.listen(port, host, resolve);
    });
    const { port: actual } = this.server.address() as AddressInfo;
    const isEverywhere = host === "0.0.0.0" || host === "::";
    const name = isEverywhere ? "localhost" : host.includes(":") ? `[${host}]` : host;
    return `http://${name}:${actual}`;
  }

  serve(app: NextApp): void {
    this.#app = app;
  }

  /** Stops accepting, lets requests in flight end for a bounded time, then cuts the rest. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const [socket, { response }] of this.#active) {
      // An event stream never ends by itself; its client connects again to the next server.
      if (String(response.getHeader("content-type")).startsWith("text/event-stream")) {
        socket.destroy();
      } else if (!response.headersSent) response.setHeader("Connection", "close");
    }
    const force = setTimeout(() => this.server.closeAllConnections(), DRAIN_TIMEOUT_MS);
    await closed;
    clearTimeout(force);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    this.#active.set(socket, { request, response });
    keepExchange({ request, response });
    response.on("close", () => {
      discardRest(request);
      this.#active.delete(socket);
      if (this.#isDraining) this.server.closeIdleConnections();
    });
    request.headers[ADDRESS_HEADER] = socket.remoteAddress ?? "";
    if (this.#isDraining) response.setHeader("Connection", "close");
    if (this.#app === null) {
      answerProblem(response, 503, "unavailable", "The server is starting.");
      return;
    }
    if (!isDecodable(request.url ?? "")) {
      answerProblem(
        response,
        400,
        "invalid_request",
        "The path is not valid percent-encoded UTF-8.",
      );
      return;
    }
    const app = this.#app;
    this.#gate.enter(request, response, {
      begin: () => {
        app.handle(request, response).catch((error: unknown) => {
          console.error(error);
          if (response.headersSent) socket.destroy();
          else answerProblem(response, 503, "unavailable", "The server failed.");
        });
      },
      refuse: () =>
        answerProblem(response, 503, "unavailable", "The server has too much to do. Try again."),
    });
  }

  /** Silence is the client's fault only while we wait for it; a slow disk or database may be silent. */
  #cutIfIdle(socket: Socket, idleTimeoutMs: number): void {
    const exchange = this.#active.get(socket);
    const waitsForClient =
      exchange === undefined || !exchange.request.complete || socket.writableLength > 0;
    if (waitsForClient) socket.destroy();
    else socket.setTimeout(idleTimeoutMs);
  }
}

/** Answers where no route is reached; the same shape as lib/http/problem.ts. */
function answerProblem(
  response: ServerResponse,
  status: number,
  code: string,
  detail: string,
): void {
  const requestId = randomUUID();
  response.writeHead(status, {
    "Content-Type": "application/problem+json",
    "X-Request-Id": requestId,
    ...(status === 503 ? { "Retry-After": "2" } : {}),
  });
  const [type, title] = ["about:blank", STATUS_CODES[status]];
  response.end(
    JSON.stringify({ type, title, status, code, detail, errors: [], request_id: requestId }),
  );
}

/** Next ends with a 500 on what it cannot decode. */
function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url.split("?", 1)[0] ?? "");
    return true;
  } catch {
    return false;
  }
}

function listenSentence(error: NodeJS.ErrnoException, host: string, port: number): string {
  const change = "set api.port in config/model_registry.yaml, or MODEL_REGISTRY_API__PORT";
  if (error.code === "EADDRINUSE") {
    return `Port ${port} is taken by another program. Stop that one, or use another port (${change}).`;
  }
  if (error.code === "EACCES") {
    return `Port ${port} may not be used by this user; use one above 1023 (${change}).`;
  }
  if (error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND") {
    return `This machine has no address ${host}; set api.host to 0.0.0.0 (all), or 127.0.0.1 (only this machine).`;
  }
  return `The server cannot listen on ${host} port ${port}: ${error.message}`;
}
