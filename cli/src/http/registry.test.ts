/** Questions to servers that are busy, old, new, something else, or hostile. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { EXIT } from "../exit-codes.ts";
import { translator } from "../messages/translate.ts";
import { VERSION } from "../version.ts";
import { closeConnections } from "./exchange.ts";
import { type Call, Registry } from "./registry.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let health: Answer;
let answer: Answer;
let requests: string[];
let waits: number[];

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}
const healthy = (version?: string) => (_request: IncomingMessage, response: ServerResponse) =>
  json(response, 200, { status: "ok", version });

beforeEach(async () => {
  health = healthy(VERSION);
  requests = [];
  waits = [];
  server = createServer((request, response) => {
    if (request.url === "/healthz") return health(request, response);
    requests.push(`${request.method} ${request.url}`);
    return answer(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
});
afterEach(async () => {
  closeConnections();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

function ask(call: Partial<Call> = {}, token: string | null = null): Promise<unknown> {
  const address = server.address();
  const registry = new Registry({
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    token,
    t: translator("en"),
    signal: new AbortController().signal,
    onWait: (seconds) => waits.push(seconds),
  });
  return registry
    .json({ method: "GET", path: "/models", ...call }, z.object({ ok: z.boolean() }))
    .catch((error) => error);
}
const ok: Answer = (_request, response) => json(response, 200, { ok: true, later: "kept" });

describe("a question", () => {
  it("gives the answer as it came, with fields that are not known here", async () => {
    answer = ok;
    expect(await ask({ query: { tag: ["a:b", "c d"], none: undefined } })).toEqual({
      ok: true,
      later: "kept",
    });
    expect(requests).toEqual(["GET /api/v1/models?tag=a%3Ab&tag=c+d"]);
  });

  it("is asked again when the server is busy, and told when that takes long", async () => {
    answer = (request, response) => {
      if (requests.length > 2) return ok(request, response);
      const headers = { "retry-after": requests.length === 1 ? "0" : "1" };
      response.writeHead(requests.length === 1 ? 429 : 503, headers).end();
    };
    expect(await ask()).toMatchObject({ ok: true });
    expect(waits).toEqual([1]);
  });

  it("is asked again when its answer was cut, unless it may have changed something", async () => {
    answer = (request, response) =>
      requests.length > 1 ? ok(request, response) : request.socket.destroy();
    expect(await ask()).toMatchObject({ ok: true });
    requests = [];
    expect(await ask({ method: "POST", json: {} })).toMatchObject({ exitCode: EXIT.unreachable });
    expect(requests).toHaveLength(1);
  });

  it("is not asked again where the server says that it cannot be done", async () => {
    answer = (_request, response) =>
      json(response, 503, { code: "storage_read_only", detail: "Read-only." });
    expect(await ask()).toMatchObject({ exitCode: EXIT.unreachable, message: "Read-only." });
    expect(requests).toHaveLength(1);
  });

  it("names the fields that are wrong", async () => {
    answer = (_request, response) =>
      json(response, 400, {
        code: "invalid_request",
        detail: "The request is not valid.",
        errors: [{ pointer: "/name", detail: "too long" }],
        request_id: "r-1",
      });
    expect(await ask()).toMatchObject({
      exitCode: EXIT.refused,
      message: "The request is not valid. (/name: too long) (request r-1)",
    });
  });

  it("says what to do about a token that is missing or refused", async () => {
    answer = (_request, response) =>
      json(response, 401, { code: "unauthenticated", detail: "Sign in." });
    expect(await ask()).toMatchObject({
      exitCode: EXIT.denied,
      message: expect.stringContaining("login"),
    });
    expect(await ask({}, "t")).toMatchObject({ message: expect.stringContaining("not accepted") });
  });
});

describe("a server that does not fit", () => {
  it.each([
    [undefined, "older than this command line"],
    ["0.0.9", "too old"],
    ["99.0.0", "too new"],
    ["\u001b[2Jwhatever", "does not understand"],
  ])("with version %j is told in words, and asked nothing", async (version, words) => {
    health = healthy(version);
    const failure = await ask();
    expect(failure).toMatchObject({
      exitCode: EXIT.incompatible,
      message: expect.stringContaining(words),
    });
    expect(requests).toEqual([]);
  });

  it("is no matter where a proxy hides what tells the version", async () => {
    health = (_request, response) => response.writeHead(403).end("hidden");
    answer = ok;
    expect(await ask()).toMatchObject({ ok: true });
  });
});

describe("something that is no registry", () => {
  it.each<[string, Answer]>([
    ["HTML", (_request, response) => response.setHeader("content-type", "text/html").end("<html>")],
    ["JSON of another shape", (_request, response) => json(response, 200, { ok: "yes" })],
    [
      "broken JSON",
      (_request, response) => response.setHeader("content-type", "application/json").end("{"),
    ],
    ["nothing", (_request, response) => response.end()],
    [
      "JSON without an end",
      (_request, response) => {
        response.writeHead(200, { "content-type": "application/json" });
        const block = " ".repeat(1024 * 1024);
        const more = () => response.destroyed || (response.write(block) ? setImmediate(more) : 0);
        response.on("drain", more);
        more();
      },
    ],
    ["no HTTP", (request) => request.socket.end("220 smtp.example.org ESMTP\r\n")],
  ])("and answers %s is found out", async (_name, hostile) => {
    answer = hostile;
    expect(await ask()).toMatchObject({ exitCode: EXIT.incompatible });
  });

  it("that redirects is not followed, since it would get the token", async () => {
    answer = (_request, response) =>
      response.writeHead(302, { location: "http://127.0.0.1:1/x" }).end();
    expect(await ask({}, "t")).toMatchObject({
      exitCode: EXIT.incompatible,
      message: expect.stringContaining("redirects to http://127.0.0.1:1/x"),
    });
  });

  it("that announces more than it sends is told as cut", async () => {
    answer = (_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
      response.write('{"ok":', () => response.destroy());
    };
    expect(await ask()).toMatchObject({ exitCode: EXIT.unreachable });
  });
});
