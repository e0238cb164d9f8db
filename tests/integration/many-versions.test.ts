/** A model with thousands of versions: a kill in the middle of any change of it ends consistent. */
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { tinyModel } from "../support/model-files.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";
import { settleQueue } from "../support/settled-queue.ts";

const VERSIONS = 3_000;
let database: TestDatabase;
let server: RunningServer;
let client: Client;
let api: RegistryClient;
beforeAll(async () => {
  database = await createTestDatabase("migrated");
  client = new Client({ connectionString: database.url });
  await client.connect();
  server = await startServer({ env: { DATABASE_URL: database.url } });
  api = new RegistryClient(server.baseUrl);
  await api.register({ name: "big" }, [{ path: "m.safetensors", bytes: tinyModel(1, 8) }]);
  await client.query(
    `insert into version (model_id, number, version, precedence, is_prerelease, digest, framework, format,
       size_bytes, stored_bytes, verdict, created_by)
     select model_id, n, n || '.0.0', lpad(n::text, 16, '0') || repeat('0', 32) || '~', false,
       encode(sha256(n::text::bytea), 'hex'), 'other', 'unknown', 0, 0, 'clean', 'x'
     from version, generate_series(2, $1::int) as n`,
    [VERSIONS],
  );
  await client.query("update model set version_count = $1, next_number = $1 + 1", [VERSIONS]);
  await client.query(
    `insert into tensor (version_id, position, name, dtype, shape, size_bytes, file)
     select id, n, 't' || n, 'F32', '{8}', 32, 'm' from version, generate_series(100, 120) as n`,
  );
}, 120_000);
afterAll(async () => {
  await client?.end();
  await server?.stop();
  await database?.drop();
});

const countOf = async (table: "version" | "model"): Promise<number> =>
  Number((await client.query(`select count(*) as n from ${table}`)).rows[0].n);
/** Kills the server a little after a request was sent; gives whether it was acknowledged. */
async function killIn(ms: number, method: string, path: string, body?: unknown) {
  const answer = api.send(method, path, body).then(
    ({ status }) => status < 300,
    () => false,
  );
  await sleep(ms);
  await server.kill9();
  const acknowledged = await answer;
  await server.restart();
  api = new RegistryClient(server.baseUrl);
  return acknowledged;
}

it.each([0, 5, 20])("keeps what was acknowledged, %i ms before a kill", async (ms) => {
  const path = "/api/v1/models/big";
  const moved = await killIn(ms, "PUT", `${path}/aliases/prod`, { version: `${ms + 2}.0.0` });
  const alias = (await api.get(`${path}/versions/@prod`)).body;
  if (moved) expect(alias.version).toBe(`${ms + 2}.0.0`);
  const trashed = await killIn(ms, "DELETE", path);
  if (trashed) expect((await api.get(path)).status).toBe(404);
  await api.send("POST", `${path}/restore`);
  expect((await api.get(`${path}/versions?limit=1`)).body.total).toBe(VERSIONS);
});

it("is purged to the end, though the server is killed in the middle of it", async () => {
  await api.send("DELETE", "/api/v1/models/big");
  expect((await api.send("POST", "/api/v1/models/big/purge")).status).toBe(204);
  await expect
    .poll(() => countOf("version"), { timeout: 20_000, interval: 5 })
    .toBeLessThan(VERSIONS);
  await server.kill9();
  expect(await countOf("version")).toBeGreaterThan(0);
  await server.restart();
  api = new RegistryClient(server.baseUrl);
  const again = await api.register({ name: "big" }, [{ path: "m.bin", bytes: tinyModel(2, 8) }]);
  expect(again.body.version).toBe("1.0.0");
  await expect.poll(() => countOf("version"), { timeout: 90_000 }).toBe(1);
  await settleQueue(server.baseUrl);
  expect(await countOf("model")).toBe(1);
  const [run, ...others] = (await api.get("/api/v1/operations?kind=purge")).body.items;
  expect([run.state, others]).toEqual(["done", []]);
  // A batch that was removed just before the kill is not counted.
  expect(run.progress.versions).toBeGreaterThanOrEqual(VERSIONS - 20);
});
