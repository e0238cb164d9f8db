import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addressPolicy } from "./address-policy.ts";
import { OutgoingError } from "./outgoing-error.ts";
import { readAnswer } from "./read-answer.ts";
import { type OutgoingSettings, sendRequest } from "./send-request.ts";

const LOCAL = addressPolicy(["127.0.0.1"]);
const PUBLIC = addressPolicy([]);

let server: Server;
let port = 0;
const seen: { path: string; host: string; authorization: string | undefined; body: string }[] = [];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { host = "", authorization } = request.headers;
    seen.push({ path: request.url ?? "", host, authorization, body });
    const [, status, to] = /^\/(\d{3})\/(.+)$/.exec(request.url ?? "") ?? [];
    if (status !== undefined) {
      response.writeHead(Number(status), { Location: decodeURIComponent(to ?? "") }).end();
      return;
    }
    if (request.url === "/silent") return;
    if (request.url === "/drops") {
      response.writeHead(200, { "Content-Length": 100_000 });
      const drops = setInterval(() => response.write("x"), 50);
      response.on("close", () => clearInterval(drops));
      return;
    }
    if (request.url === "/endless") {
      const more = () => response.write("x".repeat(10_000)) && setImmediate(more);
      response.writeHead(200);
      response.on("drain", more);
      more();
      return;
    }
    response.writeHead(200).end("pong");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function send(url: string, settings: Partial<OutgoingSettings> = {}) {
  const answer = await sendRequest(
    { url, method: "POST", headers: { Authorization: "secret" }, body: "ping" },
    { mayReach: LOCAL, signal: AbortSignal.timeout(5_000), redirectsMax: 3, ...settings },
  );
  return { status: answer.statusCode, body: await readAnswer(answer, 100) };
}
const problemOf = (url: string, settings: Partial<OutgoingSettings> = {}) =>
  send(url, settings).then(
    () => "sent",
    (error: unknown) => (error instanceof OutgoingError ? error.problem : String(error)),
  );

describe("an address that is not public is refused", () => {
  it.each([
    "http://127.0.0.1/",
    "http://localhost/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://[::1]/",
    "http://[::]/",
    "http://0.0.0.0/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[0:0:0:0:0:ffff:a00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://10.1.2.3/",
    "http://172.31.255.255/",
    "http://192.168.0.1/",
    "http://169.254.169.254/latest/meta-data",
    "http://100.64.0.1/",
    "http://①②⑦.⓪.⓪.①/",
  ])("%s", async (url) => {
    expect(await problemOf(url, { mayReach: PUBLIC })).toBe("address_refused");
  });

  it("whatever a name resolves to", async () => {
    const resolve = async () => ["10.0.0.7", "::ffff:7f00:1"];
    expect(await problemOf("http://a.example/", { mayReach: PUBLIC, resolve })).toBe(
      "address_refused",
    );
  });

  it("but a public one, or one of an allowed network, is not", () => {
    expect(["1.1.1.1", "2606:4700::1111"].every(PUBLIC)).toBe(true);
    const allowed = addressPolicy(["10.0.0.0/8", "fd00::/8", "192.168.1.5"]);
    expect(["10.255.0.1", "::ffff:10.0.0.1", "fd12::1", "192.168.1.5"].map(allowed)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(["192.168.1.6", "127.0.0.1", "nonsense", ""].map(allowed)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

describe("a URL is refused", () => {
  it.each([
    "ftp://example.org/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "http://user:password@example.org/",
    "http://example.org@127.0.0.1/",
    "nonsense",
    "",
    `http://example.org/${"x".repeat(3_000)}`,
  ])("%.40s", async (url) => {
    expect(await problemOf(url)).toBe("invalid_url");
  });
});

describe("a request", () => {
  it("connects to the address that was checked, not to what the name resolves to later", async () => {
    let asked = 0;
    const resolve = async () => [asked++ === 0 ? "127.0.0.1" : "10.0.0.1"];
    expect(await send(`http://hook.example:${port}/ok`, { resolve })).toEqual({
      status: 200,
      body: "pong",
    });
    expect(asked).toBe(1);
    expect(seen.at(-1)).toMatchObject({ host: `hook.example:${port}`, body: "ping" });
  });

  it("follows a redirect that keeps the method, with the body and without the secret at another host", async () => {
    const resolve = async () => ["127.0.0.1"];
    const to = encodeURIComponent(`http://b.example:${port}/ok`);
    expect(await send(`http://a.example:${port}/307/${to}`, { resolve })).toMatchObject({
      status: 200,
    });
    expect(seen.at(-1)).toEqual({
      path: "/ok",
      host: `b.example:${port}`,
      authorization: undefined,
      body: "ping",
    });
  });

  it.each(["http://10.0.0.1/", "http://[::ffff:a00:1]/", "http://169.254.169.254/"])(
    "does not follow a redirect to %s",
    async (to) => {
      const url = `http://127.0.0.1:${port}/307/${encodeURIComponent(to)}`;
      expect(await problemOf(url)).toBe("address_refused");
    },
  );

  it("does not follow a redirect to another scheme, one that drops the body, or a circle", async () => {
    const url = (status: number, to: string) =>
      `http://127.0.0.1:${port}/${status}/${encodeURIComponent(to)}`;
    expect(await problemOf(url(307, "file:///etc/passwd"))).toBe("invalid_url");
    expect(await problemOf(url(302, `http://127.0.0.1:${port}/ok`))).toBe("redirect_refused");
    const circle = url(307, "x").replace("x", "%2F307%2Fx");
    expect(await problemOf(circle, { redirectsMax: 0 })).toBe("sent");
  });

  it("ends in time when nothing answers, and reads no more of an answer than it keeps", async () => {
    expect(
      await problemOf(`http://127.0.0.1:${port}/silent`, { signal: AbortSignal.timeout(200) }),
    ).toBe("timeout");
    const resolve = () => new Promise<string[]>(() => {});
    expect(
      await problemOf("http://slow.example/", { resolve, signal: AbortSignal.timeout(100) }),
    ).toBe("timeout");
    expect((await send(`http://127.0.0.1:${port}/endless`)).body).toHaveLength(100);
  });

  it("waits for the body of an answer no longer than it is told to, and keeps what has come", async () => {
    const begun = Date.now();
    const answer = await sendRequest(
      { url: `http://127.0.0.1:${port}/drops`, method: "POST", headers: {}, body: "ping" },
      { mayReach: LOCAL, signal: AbortSignal.timeout(5_000), redirectsMax: 0 },
    );
    expect(await readAnswer(answer, 100, 500)).toMatch(/^x+$/);
    expect(Date.now() - begun).toBeLessThan(3_000);
  });

  it("says that a closed port, and a name that does not exist, cannot be reached", async () => {
    expect(await problemOf("http://127.0.0.1:1/")).toBe("unreachable");
    const resolve = async () => Promise.reject(new Error("ENOTFOUND"));
    expect(await problemOf("http://none.example/", { resolve })).toBe("name_unknown");
  });
});
