/** Registrations that meet what else happens to the same model: a purge, a deletion, a key that was used before. */
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyModel } from "../support/model-files.ts";
import { RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

let server: RunningServer;
let api: RegistryClient;
beforeAll(async () => {
  server = await startServer();
  api = new RegistryClient(server.baseUrl);
});
afterAll(() => server?.stop());

const model = (seed = 1) => [{ path: "model.safetensors", bytes: tinyModel(seed) }];
const url = (name: string) => `/api/v1/models/${name}`;

it("a registration that meets a purge of its model succeeds or is refused, and the server never fails", async () => {
  const seen = new Set<number>();
  for (let round = 0; round < 40; round += 1) {
    await api.register({ name: "purged" }, model(round));
    await api.send("DELETE", url("purged"));
    const work = [
      api.send("POST", `${url("purged")}/purge`),
      ...[1, 2, 3].map((seed) => api.register({ name: "purged" }, model(1000 * seed + round))),
    ];
    for (const { status, body } of await Promise.all(work)) {
      expect([200, 201, 204, 404, 409], JSON.stringify(body)).toContain(status);
      seen.add(status);
    }
  }
  expect(seen).toContain(201);
});

it("many models that share bytes are registered at once, as a license file is shared", async () => {
  const { body } = await api.register({ name: "license" }, model(5));
  const files = [{ path: "model.safetensors", digest: body.files[0].digest }];
  const lanes = Array.from({ length: 16 }, async (_, lane) => {
    const seen: unknown[] = [];
    for (let turn = 0; turn < 12; turn += 1) {
      const name = `shares-${lane}-${turn}`;
      const isSent = turn === 0;
      const answer = isSent
        ? await api.register({ name }, model(5))
        : await api.send("POST", "/api/v1/models", { name, files });
      if (answer.status !== 201) seen.push(answer.body);
    }
    return seen;
  });
  expect((await Promise.all(lanes)).flat()).toEqual([]);
});

describe("an Idempotency-Key whose version was deleted", () => {
  it.each([
    [
      "moved to the trash",
      "version_in_trash",
      async (name: string) => api.send("DELETE", `${url(name)}/versions/1.0.0`),
    ],
    [
      "deleted for good",
      "version_purged",
      async (name: string) => {
        await api.send("DELETE", `${url(name)}/versions/1.0.0`);
        await api.send("POST", `${url(name)}/versions/1.0.0/purge`);
      },
    ],
    [
      "moved to the trash with its model",
      "model_in_trash",
      async (name: string) => api.send("DELETE", url(name)),
    ],
    [
      "deleted for good with its model",
      "version_purged",
      async (name: string) => {
        await api.send("DELETE", url(name));
        await api.send("POST", `${url(name)}/purge`);
      },
    ],
  ] as const)("says that it was %s", async (_what, code, remove) => {
    const name = `keyed-${code}-${Math.random().toString(36).slice(2, 8)}`;
    const headers = { "Idempotency-Key": name };
    const first = await api.register({ name, version: "1.0.0" }, model(), { headers });
    expect(first.status).toBe(201);
    await remove(name);
    const again = await api.register({ name, version: "1.0.0" }, model(), { headers });
    expect({ status: again.status, code: again.body.code }).toEqual({ status: 409, code });
  });

  it("is found before the body is received", async () => {
    const name = "early";
    const headers = { "Idempotency-Key": "early-key" };
    await api.register({ name, version: "1.0.0" }, model(), { headers });
    await api.send("DELETE", `${url(name)}/versions/1.0.0`);
    // The body is announced and never sent: only who looks at the key first can answer.
    expect(
      await answerTo(`POST /api/v1/models HTTP/1.1\r
Host: localhost\r
Idempotency-Key: early-key\r
Content-Type: multipart/form-data; boundary=x\r
Content-Length: 1000000\r
\r
`),
    ).toMatch(/^HTTP\/1\.1 409 /);
  });
});

/** The status line of the answer to a request of which only this is sent. */
function answerTo(head: string): Promise<string> {
  const { port } = new URL(server.baseUrl);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), "127.0.0.1", () => socket.write(head));
    socket.once("data", (data) => {
      resolve(data.toString("latin1"));
      socket.destroy();
    });
    socket.once("error", reject);
  });
}
