import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { SECURE_SESSION_COOKIE, SESSION_COOKIE } from "../../lib/accounts/identify.ts";
import { RegistryError } from "../../lib/errors.ts";
import type { ClientAddress } from "../../lib/http/client-address.ts";
import { answerProblem } from "../../lib/http/node-problem.ts";
import { discardRest } from "../../lib/http/raw-body.ts";
import { pathOf } from "../../lib/http/request-target.ts";
import { RouteServer } from "../../lib/http/serve-routes.ts";
import { requestScope } from "../../lib/request-scope.ts";
import { CollectAtRest } from "./collect-at-rest.ts";
import type { NextApp } from "./next-app.ts";
import { refuseConnection, refuseTunnel } from "./refuse-connection.ts";
import { RequestGate } from "./request-gate.ts";
import type { Screen } from "./screen-request.ts";

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
type Exchange = { request: IncomingMessage; response: ServerResponse };

/**
 * The parts that answer once everything has started. In development Next has the routes too, and compiles them anew.
 */
export type Application = {
  routes: RouteServer | null;
  pages: NextApp;
  /** Where whoever asks for a page has to go first; null when it may pass. */
  gate: (url: string, headers: Pick<Headers, "get">) => Promise<string | null>;
};

/** Plain HTTP in front of routes and pages: time-outs that long uploads survive, and an orderly end. */
export class HttpServer {
  readonly server: Server;
  /** The exchanges of each connection that are not closed, in order: a client may send a request before the last is answered. */
  readonly #active = new Map<Socket, Exchange[]>();
  readonly #gate = new RequestGate();
  readonly #rest = new CollectAtRest();
  readonly #screen: Screen;
  readonly #clients: ClientAddress;
  #app: Application | null = null;
  #isDraining = false;

  /**
   * A connection on which the client neither sends nor takes bytes for `idleTimeoutMs` is cut. Below `upgradePath`
   * Next takes web sockets; elsewhere an offer to upgrade is ignored, as RFC 9110, section 7.8 allows, and the
   * request is answered.
   */
  constructor(options: {
    idleTimeoutMs: number;
    screen: Screen;
    upgradePath: string | null;
    clients: ClientAddress;
  }) {
    const { idleTimeoutMs, screen, upgradePath } = options;
    this.#screen = screen;
    this.#clients = options.clients;
    this.server = createServer({
      maxHeaderSize: MAX_HEADER_BYTES,
      // The screen refuses a request without one, with an answer that says why.
      requireHostHeader: false,
      shouldUpgradeCallback: ({ url }) => upgradePath !== null && !!url?.startsWith(upgradePath),
    });
    // A 200 GB upload takes hours: what counts is that bytes keep coming.
    this.server.requestTimeout = 0;
    this.server.headersTimeout = HEADERS_TIMEOUT_MS;
    this.server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
    this.server.timeout = idleTimeoutMs;
    this.server.on("timeout", (socket: Socket) => this.#cutIfIdle(socket, idleTimeoutMs));
    this.server.on("request", (request, response) => this.#answer(request, response));
    this.server.on("checkContinue", (request, response) =>
      this.#answer(request, response, () => response.writeContinue()),
    );
    this.server.on("checkExpectation", (request, response) =>
      this.#refuseExpectation(request, response),
    );
    this.server.on("clientError", (error, socket) =>
      refuseConnection(error, socket as Socket, this.#active.get(socket as Socket)?.at(-1), screen),
    );
    this.server.on("connect", (_request, socket) => refuseTunnel(socket as Socket));
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

  serve(app: Application): void {
    this.#app = app;
    this.#rest.start();
  }

  /** Stops accepting, lets requests in flight end for a bounded time, then cuts the rest. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const [socket, exchanges] of this.#active) {
      // An event stream never ends by itself; its client connects again to the next server.
      if (exchanges.some(({ response }) => isEventStream(response))) socket.destroy();
      const { response } = exchanges.at(-1) as Exchange;
      if (!response.headersSent) response.setHeader("Connection", "close");
    }
    const force = setTimeout(() => this.server.closeAllConnections(), DRAIN_TIMEOUT_MS);
    await closed;
    clearTimeout(force);
  }

  /** `goOn` tells a client to send the body that it has announced. */
  #answer(request: IncomingMessage, response: ServerResponse, goOn = () => {}): void {
    this.#begin(request, response);
    const app = this.#app;
    if (app === null) {
      answerProblem(response, new RegistryError("unavailable", "The server is starting."));
      return;
    }
    const verdict = this.#screen.judge(request);
    const dialect = this.#screen.dialectOf(request);
    const refuse = (detail: string) =>
      answerProblem(response, new RegistryError("unavailable", detail), {}, dialect);
    if (verdict !== null) {
      // A client that waits for leave to send its body may send it all the same, or not.
      if (request.headers.expect !== undefined) response.setHeader("Connection", "close");
      if ("error" in verdict) answerProblem(response, verdict.error, verdict.headers, dialect);
      else response.writeHead(204, { Allow: verdict.allow }).end();
      return;
    }
    goOn();
    this.#gate.enter(request, response, {
      begin: (leave) => {
        const { remoteAddress } = request.socket;
        const address = this.#clients.of(remoteAddress, request.headers["x-forwarded-for"]);
        const isByProxy = this.#clients.isTrusted(remoteAddress ?? "");
        if (!isByProxy && request.url?.startsWith("/api/auth/")) forgetForwarded(request);
        requestScope
          .run({ address }, () => dispatch(app, request, response, leave))
          .catch((error) => {
            console.error(error);
            if (response.headersSent) request.socket.destroy();
            else refuse("The server failed. Try again in a moment.");
          });
      },
      refuse: () => refuse("The server has too much to do. Try again."),
    });
  }

  #begin(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const exchange = { request, response };
    this.#active.set(socket, [...(this.#active.get(socket) ?? []), exchange]);
    response.on("close", () => {
      discardRest(request);
      this.#rest.count();
      const others = this.#active.get(socket)?.filter((other) => other !== exchange) ?? [];
      if (others.length > 0) this.#active.set(socket, others);
      else this.#active.delete(socket);
      if (this.#isDraining) this.server.closeIdleConnections();
    });
    if (this.#isDraining) response.setHeader("Connection", "close");
  }

  #refuseExpectation(request: IncomingMessage, response: ServerResponse): void {
    this.#begin(request, response);
    response.setHeader("Connection", "close");
    const detail = "The only expectation that this server meets is 100-continue.";
    answerProblem(response, new RegistryError("expectation_failed", detail));
  }

  /** Silence is the client's fault only while we wait for it; a slow disk or database may be silent. */
  #cutIfIdle(socket: Socket, idleTimeoutMs: number): void {
    const exchange = this.#active.get(socket)?.at(-1);
    const waitsForClient =
      exchange === undefined || !exchange.request.complete || socket.writableLength > 0;
    if (waitsForClient) socket.destroy();
    else socket.setTimeout(idleTimeoutMs);
  }
}

function isEventStream(response: ServerResponse): boolean {
  return String(response.getHeader("content-type")).startsWith("text/event-stream");
}

async function dispatch(
  { routes, pages, gate }: Application,
  request: IncomingMessage,
  response: ServerResponse,
  leave: () => void,
): Promise<void> {
  const { url = "/" } = request;
  const path = RouteServer.pathOf(url, request.headers);
  if (routes?.has(path)) return routes.serve(request, response, path, leave);
  if (!path.startsWith("/api/v1/")) {
    const { headers } = request;
    const get = (name: string) => headers[name]?.toString() ?? null;
    const elsewhere = await gate(url, { get });
    if (elsewhere !== null) return sendElsewhere(request, response, elsewhere);
  }
  request.url = path + url.slice(pathOf(url).length);
  await pages.handle(request, response);
}

/** What only a proxy may say of a request: anybody else would choose the name that links and cookies are made for. */
function forgetForwarded({ headers }: IncomingMessage): void {
  if (headers.host !== undefined) headers["x-forwarded-host"] = headers.host;
  headers["x-forwarded-proto"] = "http";
}

/** A cookie that is not valid any more goes, so that nothing asks about it again. */
function sendElsewhere(request: IncomingMessage, response: ServerResponse, location: string): void {
  const isRead = request.method === "GET" || request.method === "HEAD";
  const stale = [SESSION_COOKIE, SECURE_SESSION_COOKIE].filter((name) =>
    request.headers.cookie?.includes(name),
  );
  response.writeHead(isRead ? 307 : 303, {
    Location: location,
    "Cache-Control": "private, no-store",
    "Set-Cookie": stale.map(
      (name) =>
        `${name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax${name === SECURE_SESSION_COOKIE ? "; Secure" : ""}`,
    ),
  });
  response.end();
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
