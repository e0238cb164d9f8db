/** HTTP as RFC 9110 and RFC 9112 have it, byte by byte on a connection of its own. */
import { hostname } from "node:os";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { tinyModel } from "../support/model-files.ts";
import { RawConnection } from "../support/raw-http.ts";
import { RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

let server: RunningServer;
let connection: RawConnection | undefined;
beforeAll(async () => {
  server = await startServer({
    env: { MODEL_REGISTRY_API__ALLOWED_HOSTS: "models.example.org, *.example.net" },
  });
  const api = new RegistryClient(server.baseUrl);
  await api.register({ name: "m" }, [{ path: "m.safetensors", bytes: tinyModel() }]);
});
afterAll(() => server.stop());
afterEach(async () => {
  connection?.destroy();
  expect((await fetch(`${server.baseUrl}/healthz`)).status, "the server lives").toBe(200);
  expect(server.logs()).not.toContain('"level":"ERROR"');
});

function open(): RawConnection {
  connection = new RawConnection(server.baseUrl);
  return connection;
}

const HOST = "Host: localhost\r\n";
const JSON_TYPE = "Content-Type: application/json\r\n";
const head = (line: string, headers = "") => `${line} HTTP/1.1\r\n${HOST}${headers}\r\n`;
const markdown = (headers = "") =>
  `${head("POST /api/v1/markdown", `${JSON_TYPE}Content-Length: 12\r\n${headers}`)}{"text":"a"}`;

async function ask(bytes: string, options?: { hasBody: boolean }) {
  const raw = open();
  raw.send(bytes);
  return raw.next(options);
}

async function expectProblem(bytes: string, status: number, code: string) {
  const { headers, text, ...answer } = await ask(bytes);
  expect(answer.status, text).toBe(status);
  expect(headers.get("content-type")).toBe("application/problem+json");
  const problem = JSON.parse(text);
  expect(problem).toMatchObject({ status, code, type: `/docs/api#error-${code}` });
  expect(problem.request_id).toBe(headers.get("x-request-id"));
  return { headers, problem };
}

const H2C = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n";
const WEB_SOCKET =
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

describe("an offer to upgrade", () => {
  it.each([
    ["h2c", H2C],
    ["a web socket", WEB_SOCKET],
  ])("to %s is ignored, and the connection goes on", async (_what, upgrade) => {
    const raw = open();
    for (const request of [head("GET /healthz", upgrade), markdown(upgrade), markdown(upgrade)]) {
      raw.send(request);
      expect((await raw.next()).status).toBe(200);
    }
    raw.send(head("HEAD /storage", upgrade));
    expect((await raw.next({ hasBody: false })).status).toBe(200);
  });

  it("does not keep a body in pieces from arriving", async () => {
    const raw = open();
    raw.send(head("POST /api/v1/markdown", `${JSON_TYPE}${H2C}Transfer-Encoding: chunked\r\n`));
    for (const piece of ['6\r\n{"text\r\n', '6\r\n":"a"}\r\n', "0\r\n\r\n"]) raw.send(piece);
    expect((await raw.next()).status).toBe(200);
    raw.send(head("GET /healthz"));
    expect((await raw.next()).status).toBe(200);
  });
});

describe("Expect", () => {
  it("is met for 100-continue, before the body is sent", async () => {
    const raw = open();
    const [announced, body] = markdown("Expect: 100-continue\r\n").split("\r\n\r\n");
    raw.send(`${announced}\r\n\r\n`);
    expect((await raw.next()).status).toBe(100);
    raw.send(body ?? "");
    expect((await raw.next()).status).toBe(200);
  });

  it("is not met for a request that is refused in any case", async () => {
    const raw = open();
    const announced = "Expect: 100-continue\r\nContent-Length: 9000000\r\n";
    raw.send(head("PUT /api/v1/models", announced));
    expect((await raw.next()).status).toBe(405);
    expect(await raw.closed()).toBe("");
  });

  it("is 417 for anything else", async () => {
    const { headers } = await expectProblem(markdown("Expect: x\r\n"), 417, "expectation_failed");
    expect(headers.get("connection")).toBe("close");
  });
});

describe("methods", () => {
  it.each([
    ["TRACE /api/v1/models", "GET, HEAD, POST, OPTIONS"],
    ["TRACE /storage", "GET, HEAD, POST, OPTIONS"],
    ["TRACE /healthz", "GET, HEAD, OPTIONS"],
    ["PROPFIND /api/v1/models/m", "GET, HEAD, PATCH, DELETE, OPTIONS"],
    ["PROPFIND /storage", "GET, HEAD, POST, OPTIONS"],
    ["FOO /api/v1/models/m", "GET, HEAD, PATCH, DELETE, OPTIONS"],
    ["get /healthz", "GET, HEAD, OPTIONS"],
    ["PUT /api/v1/models", "GET, HEAD, POST, OPTIONS"],
    ["PUT /models/m/", "GET, HEAD, PATCH, DELETE, OPTIONS"],
    ["PUT /storage", "GET, HEAD, POST, OPTIONS"],
    ["GET /api/v1/markdown", "POST, OPTIONS"],
    ["DELETE /healthz", "GET, HEAD, OPTIONS"],
    ["POST /metrics", "GET, HEAD, OPTIONS"],
    ["POST /readyz", "GET, HEAD, OPTIONS"],
    ["POST /api/openapi.json", "GET, HEAD, OPTIONS"],
  ])("%s is refused with what is allowed", async (line, allow) => {
    const { headers } = await expectProblem(head(line), 405, "method_not_allowed");
    expect(headers.get("allow")).toBe(allow);
  });

  it("that a page does not have are refused under the short paths too", async () => {
    const request = head("DELETE /models/m", "Accept: text/html\r\n");
    const { headers } = await expectProblem(request, 405, "method_not_allowed");
    expect(headers.get("allow")).toBe("GET, HEAD, POST, OPTIONS");
  });

  it.each([
    ["*", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"],
    ["/api/v1/models", "GET, HEAD, POST, OPTIONS"],
    ["/models/m", "GET, HEAD, PATCH, DELETE, OPTIONS"],
    ["/storage", "GET, HEAD, POST, OPTIONS"],
    ["/healthz", "GET, HEAD, OPTIONS"],
  ])("are listed by OPTIONS %s", async (target, allow) => {
    const answer = await ask(head(`OPTIONS ${target}`));
    expect(answer.status).toBe(204);
    expect(answer.headers.get("allow")).toBe(allow);
  });

  it.each(["OPTIONS", "TRACE", "PROPFIND", "FOO", "GET", "PUT"])(
    "of an unknown path are 404: %s",
    async (method) => {
      await expectProblem(head(`${method} /api/v1/nothing`), 404, "not_found");
    },
  );

  it("give no tunnel to anybody", async () => {
    const request = "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n";
    await expectProblem(request, 405, "method_not_allowed");
  });

  it.each([
    "/api/v1/models",
    "/api/v1/models/m",
    "/api/v1/models/m/versions/1.0.0/files/m.safetensors",
    "/api/v1/models/m/versions/1.0.0/download",
    "/api/v1/nothing",
    "/healthz",
    "/readyz",
    "/metrics",
    "/storage",
  ])("HEAD %s has the headers of GET and no body", async (path) => {
    const raw = open();
    raw.send(head(`GET ${path}`));
    const get = await raw.next();
    raw.send(head(`HEAD ${path}`));
    const answer = await raw.next({ hasBody: false });
    // Whatever came of a body would be read as the next answer.
    raw.send(head("GET /healthz"));
    expect((await raw.next()).status).toBe(200);
    expect(answer.status).toBe(get.status);
    const ofThisAnswer = ["date", "x-request-id", "transfer-encoding"];
    // A page's policy, and what it preloads, have a nonce of each answer's own.
    const told = ({ headers }: typeof get, name: string) =>
      headers.get(name)?.replaceAll(/nonce[-=]"?[^"';\s]+/g, "nonce");
    for (const name of get.headers.keys())
      if (!ofThisAnswer.includes(name)) expect(told(answer, name)).toBe(told(get, name));
  });

  it("HEAD of the event stream holds no stream open", async () => {
    const raw = open();
    for (let count = 0; count < 1001; count += 1) {
      raw.send(head("HEAD /api/v1/events"));
      expect((await raw.next({ hasBody: false })).status).toBe(200);
    }
    const events = await fetch(`${server.baseUrl}/api/v1/events`);
    expect(events.status).toBe(200);
    await events.body?.cancel();
  });
});

describe("Host", () => {
  const to = (lines: string, target = "/healthz") => `GET ${target} HTTP/1.1\r\n${lines}\r\n`;

  it.each([
    ["missing", ""],
    ["given twice", "Host: localhost\r\nHost: localhost\r\n"],
    ["given twice with different names", "Host: localhost\r\nhost: a.example\r\n"],
    ["empty", "Host:\r\n"],
    ["with a space", "Host: a b\r\n"],
    ["with a path", "Host: localhost/x\r\n"],
    ["with a user", "Host: user@localhost\r\n"],
    ["with a port that is none", "Host: localhost:http\r\n"],
  ])("%s is 400", async (_what, lines) => {
    await expectProblem(to(lines), 400, "invalid_request");
  });

  it("may be missing in HTTP/1.0", async () => {
    const raw = open();
    raw.send("GET /healthz HTTP/1.0\r\n\r\n");
    expect(await raw.closed()).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each([
    "localhost:1",
    "registry.localhost",
    "127.0.0.1",
    "192.0.2.7:8080",
    "[::1]:8080",
    hostname(),
    "MODELS.example.org.",
    "a.b.example.net",
  ])("%s is a name of this server", async (name) => {
    expect((await ask(to(`Host: ${name}\r\n`))).status).toBe(200);
  });

  it.each(["evil.example", "localhost.evil.example", "example.net", "127.0.0.1.evil.example"])(
    "%s is none, for the API, pages and probes alike",
    async (name) => {
      for (const target of ["/api/v1/models", "/storage", "/healthz", "/_next/static/x.js"]) {
        const { problem } = await expectProblem(
          to(`Host: ${name}\r\nX-Forwarded-Host: localhost\r\n`, target),
          421,
          "host_not_allowed",
        );
        expect(problem.detail).toContain("api.allowed_hosts");
        connection?.destroy();
      }
    },
  );

  it("is what an absolute target says, whatever the header says", async () => {
    const healthz = (host: string) => `http://${host}/healthz`;
    const good = await ask(to("Host: evil.example\r\n", healthz("localhost")));
    expect(good.status).toBe(200);
    connection?.destroy();
    const evil = to("Host: localhost\r\n", healthz("evil.example"));
    await expectProblem(evil, 421, "host_not_allowed");
    connection?.destroy();
    await expectProblem(to("", healthz("localhost")), 400, "invalid_request");
  });
});

describe("targets", () => {
  it.each([
    "*",
    "ftp://localhost/healthz",
    "//",
    "//evil.example/",
    "/api//v1/models",
    "/api/v1/../v1/models",
    "/api/v1/%2e%2E/v1/models",
    "/_next/static/../../package.json",
    "/%zz",
    "/models/%ff",
    "/api/v1/models/a%00b",
    "/\\evil.example",
    "/%5cevil.example",
    "/api/v1/models#x",
    "?x",
    "healthz",
    "/\xe9",
    "/a b",
  ])("%s is 400", async (target) => {
    await expectProblem(head(`GET ${target}`), 400, "invalid_request");
  });

  it("over the limit are 431, whatever of them is still on the way", async () => {
    const raw = open();
    raw.send(`GET /${"a".repeat(5_000_000)} HTTP/1.1\r\n`);
    const answer = await raw.next();
    expect(answer.status).toBe(431);
    expect(JSON.parse(answer.text).code).toBe("headers_too_large");
  });

  it("with a slash at the end lead to the one without, once", async () => {
    const answer = await ask(head("GET /api/v1/models/"));
    expect(answer.status).toBe(308);
    expect(answer.headers.get("location")).toBe("/api/v1/models");
  });
});

describe("what is not HTTP", () => {
  const post = (headers: string, body: string) =>
    `${head("POST /api/v1/markdown", JSON_TYPE + headers)}${body}`;

  it.each([
    ["a TLS handshake", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"],
    ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["another version", `GET /healthz HTTP/3.0\r\n${HOST}\r\n`],
    ["no version", "GET /healthz\r\n\r\n"],
    [
      "a length and chunks",
      post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
    ],
    ["two lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "aaaaa")],
    ["a length that is none", post("Content-Length: +5\r\n", "aaaaa")],
    ["an unknown transfer coding", post("Transfer-Encoding: gzip\r\n", "aaaaa")],
    ["a folded header", head("GET /healthz", "X-A: b\r\n c\r\n")],
    ["a space before the colon", head("GET /healthz", "X-A : b\r\n")],
    ["a bare CR", head("GET /healthz", "X-A: b\rc\r\n")],
    ["a bare LF", "GET /healthz HTTP/1.1\nHost: localhost\n\n"],
  ])("%s is 400, and the end of the connection", async (_what, bytes) => {
    const { headers } = await expectProblem(bytes, 400, "invalid_request");
    expect(headers.get("connection")).toBe("close");
    expect(await connection?.closed()).toBe("");
  });

  it("after a whole request is told after that one's answer", async () => {
    const raw = open();
    raw.send(`${head("GET /api/v1/models")}\x00\r\n\r\n`);
    expect((await raw.next()).status).toBe(200);
    expect((await raw.next()).status).toBe(400);
    expect(await raw.closed()).toBe("");
  });
});

it("answers pipelined requests in their order, and closes where the client asks for it", async () => {
  const raw = open();
  raw.send(
    head("GET /api/v1/models/m") + markdown() + head("GET /nothing", "Connection: close\r\n"),
  );
  const texts = [await raw.next(), await raw.next(), await raw.next()].map(({ text }) => text);
  expect(texts[0]).toContain('"name":"m"');
  expect(texts[1]).toContain('"tree"');
  expect(texts[2]).toContain("<html");
  expect(await raw.closed()).toBe("");
});
