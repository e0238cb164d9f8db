/** Operations over REST on a real server: listed, cancelled, retried, and tried again when they fail. */
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { tinyModel } from "../support/model-files.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { type Answer, RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

/** So many failures in a row end an attempt of a scrub. */
const MODELS = 10;

let database: TestDatabase;
let server: RunningServer;
let api: RegistryClient;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase("migrated");
  server = await startServer({
    env: {
      DATABASE_URL: database.url,
      // A scrub takes longer than any test.
      MODEL_REGISTRY_STORAGE__SCRUB_RATE: "1KB",
      MODEL_REGISTRY_STORAGE__COMPRESSION: "false",
    },
  });
  api = new RegistryClient(server.baseUrl);
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  for (let count = 0; count < MODELS; count += 1)
    await api.register({ name: `m${count}` }, [
      { path: "m.safetensors", bytes: tinyModel(count, 5_000) },
    ]);
});
afterAll(async () => {
  await client.end();
  await server.stop();
  await database.drop();
});
afterEach(async () => {
  for (const { id } of (await operations()).items)
    await api.send("POST", `/api/v1/operations/${id}/cancel`);
  await expect
    .poll(async () => (await operations("?state=running")).total, { timeout: 10_000 })
    .toBe(0);
});

const operations = async (query = "") => (await api.get(`/api/v1/operations${query}`)).body;
const get = async (id: string) => (await api.get(`/api/v1/operations/${id}`)).body;
const cancel = (id: string) => api.send("POST", `/api/v1/operations/${id}/cancel`);
const retry = (id: string) => api.send("POST", `/api/v1/operations/${id}/retry`);
const reaches = (id: string, state: string, timeout = 30_000) =>
  expect.poll(async () => (await get(id)).state, { timeout, interval: 50 }).toBe(state);

async function startScrub(body: object = {}): Promise<string> {
  const started = await api.send("POST", "/api/v1/storage/scrubs", body);
  expect(started.status).toBe(202);
  return started.body.id;
}

async function collect(): Promise<string> {
  const started = await api.send("POST", "/api/v1/storage/collections", {});
  expect(started.status).toBe(202);
  return started.body.id;
}

it("lets a collection through while a scrub runs, and lists both by kind and state", async () => {
  const scrub = await startScrub();
  await reaches(scrub, "running");
  const collection = await collect();
  await reaches(collection, "done");
  expect((await get(scrub)).state).toBe("running");
  expect((await operations("?kind=scrub&state=running")).items).toMatchObject([{ id: scrub }]);
  expect((await operations("?kind=collection")).items[0]).toMatchObject({
    id: collection,
    kind: "collection",
    subject: null,
    actor: "anonymous",
    error: null,
    attempts: 0,
  });
  const page = await api.get("/api/v1/operations?limit=1");
  expect(page.body.items).toHaveLength(1);
  expect(page.headers.get("link")).toContain('rel="next"');
});

it("cancels a scrub that runs within two seconds, and goes on with it when it is retried", async () => {
  const id = await startScrub({ model: "m3" });
  await reaches(id, "running");
  const asked = performance.now();
  const answer = await cancel(id);
  expect(answer.status).toBe(202);
  expect(answer.body).toMatchObject({ id, state: "running", subject: "model:m3" });
  await reaches(id, "cancelled");
  expect(performance.now() - asked).toBeLessThan(3_000);
  const [run] = (await api.get("/api/v1/storage/scrubs?limit=1")).body.items;
  expect(run).toMatchObject({ id, state: "cancelled", target: "model:m3", error: null });
  expect((await api.get("/api/v1/storage")).body.scrub).toMatchObject({ current: null, last: run });

  const again = await retry(id);
  expect(again.status).toBe(202);
  expect(again.body).toMatchObject({ id, state: "queued", cancel_requested_at: null });
  await reaches(id, "running");
  const audit = await api.get("/api/v1/audit?action=operation.cancelled");
  expect(audit.body.items[0].detail).toEqual({ operation: id, kind: "scrub", subject: "model:m3" });
});

it("tries a scrub again that failed, and ends well when the store is back", async () => {
  const uploads = join(server.dataFolder, "uploads");
  const blobs = join(server.dataFolder, "blobs");
  for (const folder of [uploads, blobs]) await rename(folder, `${folder}-away`);
  let id = "";
  try {
    id = await startScrub();
    await expect.poll(async () => (await get(id)).attempts, { timeout: 30_000 }).toBe(1);
    const failed = await get(id);
    expect(failed).toMatchObject({ state: "queued", finished_at: null });
    expect(failed.error).not.toBe("");
    expect((await api.get("/api/v1/storage")).body.scrub.current).toMatchObject({ id });
  } finally {
    for (const folder of [uploads, blobs]) await rename(`${folder}-away`, folder);
  }
  // Nothing but the queue's own pause lies between the two attempts.
  await reaches(id, "running");
  await expect
    .poll(async () => (await get(id)).progress.bytes ?? 0, { timeout: 60_000 })
    .toBeGreaterThan(0);
});

describe("a request that cannot be met", () => {
  it.each(["abc", "0", "-1", "1.5", "01", "9".repeat(19), "1e3", "%20", "1%00"])(
    "is refused with 400 for the id %s",
    async (id) => {
      for (const answer of [
        await api.get(`/api/v1/operations/${id}`),
        await cancel(id),
        await retry(id),
      ])
        expect(answer.status).toBe(400);
    },
  );

  it("is refused with 404 for an id that nothing has", async () => {
    const id = "9".repeat(18);
    for (const answer of [
      await api.get(`/api/v1/operations/${id}`),
      await cancel(id),
      await retry(id),
    ])
      expect(answer.body).toMatchObject({ status: 404, code: "operation_not_found" });
  });

  it.each([
    "kind=none",
    "state=gone",
    "limit=0",
    "limit=201",
    "x=1",
    "cursor=AAAA",
    "kind=scrub&kind=scrub",
  ])("is refused with 400 for ?%s", async (query) => {
    expect((await api.get(`/api/v1/operations?${query}`)).status).toBe(400);
  });

  it("is refused with 409 when the operation is not in the state for it", async () => {
    const done = await collect();
    await reaches(done, "done");
    expect((await cancel(done)).body.code).toBe("operation_not_cancellable");
    expect((await retry(done)).body.code).toBe("operation_not_retryable");
    const first = await startScrub();
    expect((await retry(first)).body.code).toBe("operation_not_retryable");
    await cancel(first);
    await reaches(first, "cancelled");
    const second = await startScrub();
    expect((await retry(first)).body.code).toBe("run_in_progress");
    await cancel(second);
    await reaches(second, "cancelled");
  });
});

it("answers as the OpenAPI document says", async () => {
  const { paths, components } = (await api.get("/api/openapi.json")).body;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  (addFormats as unknown as (instance: Ajv2020) => void)(ajv);
  const expectValid = (method: string, path: string, answer: Answer) => {
    const type = answer.headers.get("content-type")?.split(";")[0] ?? "";
    const schema = paths[path][method].responses[answer.status]?.content?.[type]?.schema;
    expect(schema, `${method} ${path} ${answer.status}`).toBeDefined();
    const validate = ajv.compile({ ...schema, components });
    validate(answer.body);
    expect(validate.errors ?? [], `${method} ${path} ${answer.status}`).toEqual([]);
  };
  const id = await startScrub();
  expectValid("get", "/operations", await api.get("/api/v1/operations"));
  expectValid("get", "/operations", await api.get("/api/v1/operations?x=1"));
  expectValid("get", "/operations/{id}", await api.get(`/api/v1/operations/${id}`));
  expectValid("get", "/operations/{id}", await api.get("/api/v1/operations/999999"));
  expectValid("post", "/operations/{id}/retry", await retry(id));
  expectValid("post", "/operations/{id}/cancel", await cancel(id));
  await reaches(id, "cancelled");
  expectValid("post", "/operations/{id}/cancel", await cancel(id));
  expectValid("post", "/operations/{id}/retry", await retry(id));
});

it("cancels one that waits at once", async () => {
  const { rows } = await client.query(
    `insert into operation (kind, actor, actor_id) values ('scrub', 'somebody', 'user-1') returning id`,
  );
  const answer = await cancel(rows[0].id);
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({ state: "cancelled", started_at: null });
  expect(answer.body.finished_at).not.toBeNull();
});
