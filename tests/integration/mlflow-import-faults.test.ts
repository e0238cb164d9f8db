/** Sources that are not there, lie, are cut or stand still, and a server that dies while it imports. */
import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { retryOperation } from "../../lib/operations/retry-operation.ts";
import { BYTES, importScene, sha256 } from "../support/import-scene.ts";
import { RegistryClient } from "../support/registry-client.ts";
import { startServer } from "../support/server.ts";

const { source, registry, versionOf, operationOf, attempt, imported, fileDigests } =
  await importScene();

describe("a file by HTTP", () => {
  const url = () => `${source.url}/models/model%20a.safetensors?download=1`;

  const cases: [string, (response: ServerResponse) => void, RegExp][] = [
    [
      "is not there",
      (response) => response.writeHead(404).end("secret page"),
      /^The import failed: The source answered 404, not the file\.$/,
    ],
    ["is refused", (response) => response.writeHead(403).end(), /answered 403/],
    [
      "leads to an address that nobody allows",
      (response) => response.writeHead(302, { Location: "http://127.0.0.2:1/x" }).end(),
      /127\.0\.0\.2 is not a public address/,
    ],
    [
      "leads to this machine by another spelling",
      (response) => response.writeHead(302, { Location: "http://[::1]:1/x" }).end(),
      /not a public address/,
    ],
    [
      "leads to a file of the server",
      (response) => response.writeHead(302, { Location: "file:///etc/passwd" }).end(),
      /must begin with/,
    ],
    [
      "leads round in a circle",
      (response) => response.writeHead(302, { Location: "/again.bin" }).end(),
      /leads elsewhere/,
    ],
    [
      "says that it is too large",
      (response) => response.writeHead(200, { "Content-Length": 100_000_000 }).write("x"),
      /at most 1000000 bytes/,
    ],
    [
      "is too large, and does not say so",
      (response) => response.end(Buffer.alloc(1_000_001, 7)),
      /at most 1000000 bytes/,
    ],
    [
      "is in an encoding",
      (response) => response.writeHead(200, { "Content-Encoding": "gzip" }).end("x"),
      /encoding/,
    ],
    [
      "does not say how long it is",
      (response) => {
        response.socket?.end("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf a mod");
      },
      /does not say how long/,
    ],
    ["is empty", (response) => response.writeHead(200, { "Content-Length": 0 }).end(), /empty/],
  ];
  it.each(cases)("that %s: the version has failed, and says why", async (_, react, reason) => {
    source.react = (_request, response) => react(response);
    const version = await imported(`${source.url}/model.bin`);
    expect(version).toMatchObject({
      status: "FAILED_REGISTRATION",
      status_message: expect.stringMatching(reason),
    });
    expect(version.status_message).not.toMatch(/secret/);
    expect(await fileDigests()).toEqual({});
  });

  const passing: [string, (response: ServerResponse) => void][] = [
    [
      "is cut",
      (response) =>
        response
          .writeHead(200, { "Content-Length": BYTES.length })
          .write(BYTES.subarray(0, 50), () => response.destroy()),
    ],
    [
      "has fewer bytes than it says",
      (response) => {
        response.socket?.end(`HTTP/1.1 200 OK\r\nContent-Length: ${BYTES.length}\r\n\r\nshort`);
      },
    ],
    [
      "is cut in chunks",
      (response) => {
        response.write(BYTES.subarray(0, 50), () => response.destroy());
      },
    ],
    ["stands still", (response) => response.writeHead(200, { "Content-Length": 9 }).write("x")],
    [
      "drips",
      (response) => {
        response.writeHead(200, { "Content-Length": 900 });
        const timer = setInterval(() => response.write("x"), 50);
        response.on("close", () => clearInterval(timer));
      },
    ],
    ["has no answer", () => undefined],
    ["is not there right now", (response) => response.writeHead(503).end()],
  ];
  it.each(passing)("that %s: it is tried again, and comes whole", async (_, react) => {
    source.react = (_request, response) => react(response);
    expect(await imported(url())).toMatchObject({
      status: "PENDING_REGISTRATION",
      status_message: expect.stringMatching(/It is tried again: /),
    });
    expect(await fileDigests()).toEqual({});
    source.react = null;
    await attempt();
    expect(await versionOf()).toMatchObject({ status: "READY" });
    expect(await fileDigests()).toEqual({ "model a.safetensors": sha256(BYTES) });
  });

  it("that never comes has failed after five attempts, and comes when it is tried again by hand", async () => {
    source.react = (_request, response) => response.destroy();
    await imported(url());
    for (let attempts = 1; attempts < 5; attempts += 1) await attempt();
    expect(await versionOf()).toMatchObject({ status: "FAILED_REGISTRATION" });
    source.react = null;
    await retryOperation(registry.ctx, { id: await operationOf() });
    expect(await versionOf()).toMatchObject({ status: "PENDING_REGISTRATION" });
    await attempt();
    expect(await versionOf()).toMatchObject({ status: "READY" });
  });

  it("that has more bytes than it says does not come", async () => {
    source.react = (_request, response) => {
      response.socket?.end(
        Buffer.concat([
          Buffer.from(`HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\n\r\n`),
          BYTES,
        ]),
      );
    };
    const { status } = await imported(url());
    expect(status).not.toBe("READY");
  });
});

it("goes on after a server was killed in the middle, and the version is whole", async () => {
  const server = await startServer({
    env: { MODEL_REGISTRY_WEBHOOKS__ALLOWED_NETWORKS: "127.0.0.1" },
  });
  try {
    const api = new RegistryClient(server.baseUrl);
    const post = async (path: string, body: object) =>
      expect((await api.send("POST", `/api/2.0/mlflow${path}`, body)).status, path).toBe(200);
    const half = new Promise<void>((done) => {
      source.react = (_request, response) => {
        response.writeHead(200, { "Content-Length": BYTES.length });
        response.write(BYTES.subarray(0, 100), () => done());
      };
    });
    await post("/registered-models/create", { name: "killed" });
    await post("/model-versions/create", {
      name: "killed",
      source: `${source.url}/model.safetensors`,
    });
    await half;
    await server.kill9();
    source.react = null;
    await server.restart();
    const get = "/api/2.0/mlflow/model-versions/get?name=killed&version=1";
    await expect
      .poll(async () => (await api.get(get)).body.model_version.status, {
        timeout: 150_000,
        interval: 500,
      })
      .toBe("READY");
    const { body } = await api.get("/api/v1/models/killed/versions/1.0.0");
    expect(body).toMatchObject({ sha256: sha256(BYTES), location: null });
  } finally {
    await server.stop();
  }
}, 240_000);
