/** Everybody registers versions of the same model at once: a queue, in which nobody is told that the database is gone. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { tinyModel } from "../support/model-files.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const CLIENTS = 100;
/** Longer than anybody waited for a connection of the pool before. */
const HELD_MS = 12_000;

let database: TestDatabase;
let servers: RunningServer[];
let apis: RegistryClient[];
beforeAll(async () => {
  database = await createTestDatabase("migrated");
  const first = await startServer({ env: { DATABASE_URL: database.url } });
  const second = await startServer({
    env: { DATABASE_URL: database.url, MODEL_REGISTRY_STORAGE__BASE_PATH: first.dataFolder },
  });
  servers = [first, second];
  apis = servers.map(({ baseUrl }) => new RegistryClient(baseUrl));
});
afterAll(async () => {
  for (const server of servers.reverse()) await server.stop();
  await database.drop();
});

const register = (api: RegistryClient, name: string, minor: number) =>
  api.register({ name, version: `1.${minor}.0` }, [
    { path: "m.safetensors", bytes: tinyModel(minor) },
  ]);

it.each([1, 2])(
  "100 registrations of one model at once all succeed, with %i servers",
  async (count) => {
    const used = apis.slice(0, count);
    const name = `hot-${count}`;
    await register(used[0] as RegistryClient, name, CLIENTS);
    const answers = await Promise.all(
      Array.from({ length: CLIENTS }, (_, index) =>
        register(used[index % count] as RegistryClient, name, index),
      ),
    );
    expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
    const versions = await used[0]?.get(`/api/v1/models/${name}/versions?limit=1`);
    expect(versions?.body.total).toBe(CLIENTS + 1);
    const numbers = answers.map(({ body }) => body.number);
    expect(new Set(numbers).size).toBe(CLIENTS);
  },
);

it("a model that somebody holds for long lets its registrations wait, and nobody else", async () => {
  const [api] = apis as [RegistryClient];
  await register(api, "held", CLIENTS);
  const holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
  await holder.query("begin");
  await holder.query("select id from model where name = 'held' for update");
  const begun = Date.now();
  const registering = Promise.all(
    Array.from({ length: CLIENTS }, (_, index) => register(api, "held", index)),
  );
  const others = new Set<number>();
  while (Date.now() - begun < HELD_MS) {
    others.add((await api.get("/api/v1/models/held")).status);
    others.add((await register(api, "other", others.size)).status);
    await sleep(50);
  }
  await holder.query("commit");
  await holder.end();
  const answers = await registering;
  expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
  expect([...others].filter((status) => status >= 300)).toEqual([]);
});
