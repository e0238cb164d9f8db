/** The answer to a commit is lost: nobody knows whether the version is stored, and the server does not pretend to. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type FreezingRelay, startFreezingRelay } from "../support/freezing-relay.ts";
import { tinyModel } from "../support/model-files.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

let database: TestDatabase;
let relay: FreezingRelay;
let server: RunningServer;
let api: RegistryClient;
beforeAll(async () => {
  database = await createTestDatabase("migrated");
  const url = new URL(database.url);
  relay = await startFreezingRelay({ host: url.hostname, port: Number(url.port) });
  url.port = String(relay.port);
  server = await startServer({ env: { DATABASE_URL: url.href } });
  api = new RegistryClient(server.baseUrl);
});
afterAll(async () => {
  relay.thaw();
  await server.stop();
  await relay.close();
  await database.drop();
});

it.each([
  { name: "commit-stored", passOn: true, retried: 200 },
  { name: "commit-lost", passOn: false, retried: 201 },
])(
  "the registration $name without an answer is told so, and may be sent again",
  async ({ name, passOn, retried }) => {
    const register = () =>
      api.register({ name, version: "1.0.0" }, [{ path: "m.safetensors", bytes: tinyModel() }]);
    await api.get("/api/v1/models");
    const written = relay.freezeAtCommitOf(name, { passOn });
    const answer = await register();
    expect(written.isReached()).toBe(true);
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(answer.body).toMatchObject({
      code: "unavailable",
      detail: expect.stringContaining("may be stored or not"),
    });
    relay.thaw();
    await expect.poll(async () => (await api.get("/readyz")).status, { timeout: 60_000 }).toBe(200);
    const again = await register();
    expect(again.status).toBe(retried);
    expect(again.body.version).toBe("1.0.0");
    const versions = await api.get(`/api/v1/models/${name}/versions`);
    expect(versions.body.total).toBe(1);
    expect((await register()).status).toBe(200);
  },
);
