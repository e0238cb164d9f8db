/** What the start command promises: one data folder, one port, an orderly end, and a clear sentence. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { DRAIN_TIMEOUT_MS } from "../../scripts/lib/http-server.ts";
import { tinyModel } from "../support/model-files.ts";
import { RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const IDLE_SECONDS = 2;
const projectFolder = resolve(import.meta.dirname, "..", "..");

let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ env: { MODEL_REGISTRY_UPLOADS__IDLE_TIMEOUT: `${IDLE_SECONDS}s` } });
});
afterAll(() => server.stop());

/** Starts a second server with these settings and gives what it said and its exit code. */
function startAnother(env: Record<string, string>) {
  const run = spawnSync(process.execPath, [join(projectFolder, "scripts", "serve.ts")], {
    encoding: "utf8",
    timeout: 60_000,
    env: {
      ...process.env,
      MODEL_REGISTRY_API__HOST: "127.0.0.1",
      MODEL_REGISTRY_API__PORT: "0",
      MODEL_REGISTRY_STORAGE__BASE_PATH: server.dataFolder,
      ...env,
    },
  });
  return { status: run.status, said: run.stdout + run.stderr };
}

async function registerOne(name: string): Promise<number> {
  const client = new RegistryClient(server.baseUrl);
  const { status } = await client.register({ name }, [
    { path: "model.safetensors", bytes: tinyModel() },
  ]);
  return status;
}

describe("a stop and the next start", () => {
  afterEach(async () => {
    const answer = await fetch(`${server.baseUrl}/healthz`).catch(() => null);
    if (answer === null) await server.restart();
  });

  it("SIGTERM ends server and PostgreSQL with exit code 0, and what was stored is there again", async () => {
    expect(await registerOne("kept-over-sigterm")).toBe(201);
    expect(await server.terminate()).toBe(0);
    expect(server.logs()).not.toMatch(/left behind/);
    await server.restart();
    expect(server.logs()).not.toMatch(/left behind/);
    const client = new RegistryClient(server.baseUrl);
    expect((await client.get("/models/kept-over-sigterm")).status).toBe(200);
  });

  it("a start after kill -9 takes over the orphaned PostgreSQL and loses nothing acknowledged", async () => {
    expect(await registerOne("kept-over-kill")).toBe(201);
    await server.kill9();
    await server.restart();
    expect(server.logs()).toMatch(/left behind/);
    const client = new RegistryClient(server.baseUrl);
    expect((await client.get("/models/kept-over-kill")).status).toBe(200);
  });

  it("SIGTERM lets a request in flight end, and does not wait for an event stream", async () => {
    const stream = await fetch(`${server.baseUrl}/api/v1/events`, {
      headers: { Accept: "text/event-stream" },
    });
    expect(stream.status).toBe(200);
    const body = multipart("in-flight", tinyModel());
    const answer = new Promise<number>((resolve, reject) => {
      const upload = request(
        `${server.baseUrl}/models`,
        {
          method: "POST",
          headers: { "Content-Type": body.type, "Content-Length": body.bytes.length },
        },
        (response) => resolve(response.statusCode ?? 0),
      );
      upload.on("error", reject);
      upload.write(body.bytes.subarray(0, 60));
      // The rest comes when the server has been told to stop.
      setTimeout(() => upload.end(body.bytes.subarray(60)), 1000);
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const exitCode = server.terminate();
    expect(await answer).toBe(201);
    const answeredAt = Date.now();
    expect(await exitCode).toBe(0);
    // What has not ended by itself is cut after this time: the stream was not waited for.
    expect(Date.now() - answeredAt).toBeLessThan(DRAIN_TIMEOUT_MS / 2);
    await stream.body?.cancel().catch(() => undefined);
  });
});

it("SIGTERM does not wait for an event stream behind which a request was sent", async () => {
  const { port } = new URL(server.baseUrl);
  const socket = connect(Number(port), "127.0.0.1");
  const head = (path: string) =>
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream, */*\r\n\r\n`;
  socket.write(head("/api/v1/events"));
  await once(socket, "data");
  socket.write(head("/healthz"));
  await new Promise((resolve) => setTimeout(resolve, 500));
  const begun = Date.now();
  expect(await server.terminate()).toBe(0);
  expect(Date.now() - begun).toBeLessThan(DRAIN_TIMEOUT_MS / 2);
  socket.destroy();
  await server.restart();
});

describe("a start that cannot be", () => {
  it("names the port that is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const port = String((other.address() as AddressInfo).port);
    const { status, said } = startAnother({ MODEL_REGISTRY_API__PORT: port });
    other.close();
    expect(status).toBe(1);
    expect(said).toContain(`Port ${port} is taken by another program`);
    expect(said).not.toMatch(/\n\s+at /);
  });

  it("refuses a data folder that another server uses", () => {
    const { status, said } = startAnother({});
    expect(status).toBe(1);
    expect(said).toMatch(/Another registry \(process \d+\) runs on this data folder/);
  });

  it("lists all problems of the configuration", () => {
    const { status, said } = startAnother({
      MODEL_REGISTRY_API__AUTH_REQUIRED: "maybe",
      MODEL_REGISTRY_STORAGE__CACHE_SIZE: "lots",
    });
    expect(status).toBe(1);
    expect(said).toMatch(/The configuration has 2 problems:/);
    expect(said).toMatch(/api.auth_required must be true or false/);
  });

  it("says that a database cannot be reached", () => {
    const { status, said } = startAnother({ DATABASE_URL: "postgresql://u:p@127.0.0.1:1/x" });
    expect(status).toBe(1);
    expect(said).toMatch(/The database cannot be reached/);
    expect(said).not.toContain("u:p@");
  });
});

describe("connections", () => {
  it("cuts a client that stops sending in the middle of its body", async () => {
    const { hostname, port } = new URL(server.baseUrl);
    const socket = connect(Number(port), hostname);
    socket.write(
      "POST /models HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\nContent-Type: application/json\r\n\r\n{",
    );
    const begun = Date.now();
    await new Promise((resolve) => socket.once("close", resolve));
    expect(Date.now() - begun).toBeGreaterThan(0.75 * IDLE_SECONDS * 1000);
  });

  it("keeps a slow upload that goes on sending for longer than the idle time", async () => {
    const body = multipart("slow-upload", tinyModel());
    const status = await new Promise<number>((resolve, reject) => {
      const upload = request(
        `${server.baseUrl}/models`,
        {
          method: "POST",
          headers: { "Content-Type": body.type, "Content-Length": body.bytes.length },
        },
        (response) => resolve(response.statusCode ?? 0),
      );
      upload.on("error", reject);
      const piece = Math.ceil(body.bytes.length / 6);
      let sent = 0;
      const timer = setInterval(() => {
        upload.write(body.bytes.subarray(sent, sent + piece));
        sent += piece;
        if (sent < body.bytes.length) return;
        clearInterval(timer);
        upload.end();
      }, 700);
    });
    expect(status).toBe(201);
  });
});

function multipart(name: string, file: Uint8Array): { type: string; bytes: Buffer } {
  const boundary = "registry-test-boundary";
  const bytes = Buffer.concat([
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="name"\r\n\r\n${name}\r\n` +
        `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="m.safetensors"\r\n\r\n`,
    ),
    file,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  return { type: `multipart/form-data; boundary=${boundary}`, bytes };
}
