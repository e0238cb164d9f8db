/** Behind a proxy that ends TLS: addresses, cookies and clients' addresses are those of the outside. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Browser } from "../support/browser.ts";
import { freePort } from "../support/free-port.ts";
import { tinyModel } from "../support/model-files.ts";
import { RegistryClient, sha256 } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const PASSWORD = "correct horse battery";
/** Of a client, as the proxy sees it. */
const OUTSIDE = "203.0.113.7";
let folder: string;
let proxy: Server;
let server: RunningServer;
let address: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "behind-tls-"));
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const made = [
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-keyout",
    key,
    "-out",
    certificate,
  ];
  const named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"];
  execFileSync("openssl", [...made, ...named], { stdio: "pipe" });
  const cert = await readFile(certificate, "utf8");
  setDefaultCACertificates([cert]);
  const port = await freePort();
  address = `https://localhost:${port}`;
  server = await startServer({
    env: {
      MODEL_REGISTRY_API__AUTH_REQUIRED: "true",
      MODEL_REGISTRY_API__PUBLIC_URL: address,
      MODEL_REGISTRY_API__TRUSTED_PROXIES: "127.0.0.1",
    },
  });
  // What docs/network.md has nginx do.
  proxy = createServer({ key: await readFile(key), cert }, (asked, answer) => {
    const { url: path = "/", method = "GET" } = asked;
    const headers = { ...asked.headers, "x-forwarded-for": OUTSIDE, "x-forwarded-proto": "https" };
    const passed = request(server.baseUrl + path, { method, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.rawHeaders);
      pipeline(got, answer, () => {});
    });
    pipeline(asked, passed, () => {});
  }).listen(port, "localhost");
  await once(proxy, "listening");
});
afterAll(async () => {
  proxy?.close();
  proxy?.closeAllConnections();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

let browser: Browser;

it("prints the first link for the outside, by which an administrator is made and signs in", async () => {
  const link = /(\S+)\/setup\?token=([\w-]+)/.exec(server.logs());
  expect(link?.[1]).toBe(address);
  const choice = { token: link?.[2], name: "ada", password: PASSWORD };
  const api = new RegistryClient(address);
  expect(await api.send("POST", "/api/v1/auth/links", choice)).toMatchObject({ status: 200 });
  browser = new Browser(address);
  const { status, url } = await browser.signIn("ada", PASSWORD, "/models");
  expect([status, new URL(url, address).href]).toEqual([200, `${address}/models`]);
});

it("gives cookies that go over TLS alone", async () => {
  const visitor = new Browser(address);
  const cookies = (await visitor.send("/api/auth/csrf")).headers.getSetCookie();
  expect(cookies.length).toBeGreaterThan(0);
  for (const cookie of cookies) expect(cookie).toMatch(/; Secure/i);
});

it("registers and serves through the proxy, and its pages name the outside", async () => {
  const bytes = tinyModel(3, 4096);
  const form = new FormData();
  form.set("name", "net");
  form.set("file", new Blob([bytes]), "net.safetensors");
  const made = await browser.send("/api/v1/models", { method: "POST", body: form });
  expect(made.status).toBe(201);
  const got = await browser.send("/api/v1/models/net/versions/1.0.0/download");
  expect(sha256(new Uint8Array(await got.arrayBuffer()))).toBe(sha256(bytes));
  const page = await (await browser.page("/docs/api?q=list_models")).text();
  expect(page).toContain(address);
  expect(page).not.toContain(server.baseUrl);
  const leading = (await new Browser(address).page("/models")).headers.get("location") ?? "";
  expect(new URL(leading, address).origin).toBe(address);
});

it("records the client's address, not the proxy's", async () => {
  const sessions = await (await browser.send("/api/v1/sessions")).text();
  expect(sessions).toContain(OUTSIDE);
  expect(sessions).not.toContain("127.0.0.1");
});

it("refuses a change that another site's page sends through the proxy", async () => {
  const answer = await browser.send("/api/v1/models/net", {
    method: "DELETE",
    headers: { Origin: "https://evil.test", "Sec-Fetch-Site": "cross-site" },
  });
  expect(answer.status).toBe(403);
});
