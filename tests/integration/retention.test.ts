/** What is deleted for good is gone, stays unused, and its bytes come free; nothing else does. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM } from "../../lib/access/actor.ts";
import { composeServices, type Services } from "../../lib/compose.ts";
import { loadConfig } from "../../lib/config/load-config.ts";
import { millis } from "../../lib/db/database-clock.ts";
import { purgeTrash } from "../../lib/models/purge-trash.ts";
import { tinyModel } from "../support/model-files.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { RegistryClient, sha256 } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

let server: RunningServer;
let database: TestDatabase;
let api: RegistryClient;
let services: Services;
beforeAll(async () => {
  database = await createTestDatabase("migrated");
  server = await startServer({ env: { DATABASE_URL: database.url } });
  api = new RegistryClient(server.baseUrl);
  // A second process on the same database and storage, so that the test can move its clock.
  services = await composeServices(
    loadConfig({
      DATABASE_URL: database.url,
      MODEL_REGISTRY_STORAGE__BASE_PATH: server.dataFolder,
      MODEL_REGISTRY_LOG__LEVEL: "silent",
    }),
    { background: false },
  );
});
afterAll(async () => {
  await services?.close();
  await server?.stop();
  await database?.drop();
});

const DAY_MS = 24 * 60 * 60 * 1000;
/** What is in the trash has been there for so many days more; a server's own clock, a year ahead, does not matter. */
async function purgeIn(days: number) {
  const system = services.createContext({ requestId: null, address: null, actor: SYSTEM });
  const ctx = { ...system, now: () => new Date(Date.now() + 365 * DAY_MS) };
  const shift = async (ms: number) => {
    await ctx.db.$executeRaw`update model set deleted_at = deleted_at - ${millis(ms)}`;
    await ctx.db.$executeRaw`update version set deleted_at = deleted_at - ${millis(ms)}`;
  };
  await shift(days * DAY_MS);
  const purged = await purgeTrash(ctx, new AbortController().signal);
  await shift(-days * DAY_MS);
  return purged;
}
async function register(name: string, seed: number, version?: string) {
  const fields: Record<string, string> = version === undefined ? { name } : { name, version };
  const answer = await api.register(fields, [{ path: "m.safetensors", bytes: tinyModel(seed, 8) }]);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body;
}
const explain = (seed: number) =>
  api.get(`/api/v1/storage/blobs/sha256:${sha256(tinyModel(seed, 8))}`);

describe("a version deleted for good", () => {
  beforeAll(async () => {
    await register("kept", 1, "1.0.0");
    await register("kept", 2, "2.0.0");
    await api.send("PUT", "/api/v1/models/kept/aliases/champion", { version: "2.0.0" });
    await api.send("DELETE", "/api/v1/models/kept/versions/2.0.0");
  });

  it("is only taken from the trash", async () => {
    const live = await api.send("POST", "/api/v1/models/kept/versions/1.0.0/purge");
    expect([live.status, live.body.code]).toEqual([404, "version_not_found"]);
    const purged = await api.send("POST", "/api/v1/models/kept/versions/2.0.0/purge");
    expect(purged.status).toBe(204);
    const again = await api.send("POST", "/api/v1/models/kept/versions/2.0.0/purge");
    expect(again.status).toBe(404);
  });

  it("is neither in the trash nor anywhere else", async () => {
    expect((await api.get("/api/v1/trash/versions")).body.items).toEqual([]);
    expect((await api.send("POST", "/api/v1/models/kept/versions/2.0.0/restore")).status).toBe(404);
    expect((await api.get("/api/v1/models/kept/versions/@champion")).status).toBe(404);
    const { body } = await api.get("/api/v1/models/kept");
    expect(body).toMatchObject({ version_count: 1 });
  });

  it("never comes to mean other bytes", async () => {
    const other = [{ path: "m.safetensors", bytes: tinyModel(3, 8) }];
    const refused = await api.register({ name: "kept", version: "2.0.0" }, other);
    expect([refused.status, refused.body.code]).toEqual([409, "version_purged"]);
    const same = [{ path: "m.safetensors", bytes: tinyModel(2, 8) }];
    expect((await api.register({ name: "kept", version: "2.0.0" }, same)).status).toBe(409);
    expect(await register("kept", 3)).toMatchObject({ version: "1.0.1", number: 3 });
  });

  it("leaves an audit row", async () => {
    const { body } = await api.get("/api/v1/audit?limit=200");
    const purges = body.items.filter(
      (entry: { action: string }) => entry.action === "version.purged",
    );
    expect(purges).toHaveLength(1);
    expect(purges[0]).toMatchObject({ model: "kept", version: "2.0.0", actor: "anonymous" });
  });
});

describe("the retention", () => {
  beforeAll(async () => {
    await register("old", 10);
    await register("young", 11);
    await register("shared", 10);
    await api.send("DELETE", "/api/v1/models/old");
    await register("half", 12, "1.0.0");
    await register("half", 13, "1.1.0");
    await api.send("DELETE", "/api/v1/models/half/versions/1.1.0");
  });

  it("tells until when the trash keeps bytes", async () => {
    const { body } = await explain(13);
    expect(body.kept_by[0]).toMatchObject({ kind: "trash", model: "half", version: "1.1.0" });
    const left = Date.parse(body.kept_by[0].until) - Date.now();
    expect(left / DAY_MS).toBeGreaterThan(29);
    expect(left / DAY_MS).toBeLessThan(31);
  });

  it("purges nothing before its end", async () => {
    expect(await purgeIn(29)).toEqual({ models: 0, versions: 0 });
    expect((await api.get("/api/v1/trash")).body.total).toBe(1);
  });

  it("purges models and versions after it, once", async () => {
    expect(await purgeIn(31)).toEqual({ models: 1, versions: 1 });
    expect(await purgeIn(31)).toEqual({ models: 0, versions: 0 });
    expect((await api.get("/api/v1/trash")).body.total).toBe(0);
    expect((await api.get("/api/v1/models/young")).status).toBe(200);
  });

  it("leaves to the collection exactly what nothing else holds", async () => {
    expect((await explain(10)).body.kept_by[0]).toMatchObject({ kind: "version", model: "shared" });
    expect((await explain(13)).body.kept_by).toEqual([expect.objectContaining({ kind: "claim" })]);
  });

  it("frees a model's name", async () => {
    expect(await register("old", 14)).toMatchObject({ version: "1.0.0", number: 1 });
  });
});

describe("the storage's interface", () => {
  it("adds up what is stored", async () => {
    const { status, body } = await api.get("/api/v1/storage");
    expect(status).toBe(200);
    const models = (await api.get("/api/v1/storage/models?limit=200")).body;
    const sum = (key: string) =>
      models.items.reduce(
        (total: number, item: Record<string, number>) => total + (item[key] ?? 0),
        0,
      );
    expect(body.logical_bytes).toBe(sum("logical_bytes"));
    expect(body.trash).toMatchObject({ models: 0, versions: 0, bytes: 0, next_purge_at: null });
    expect(body.scrub).toMatchObject({ damaged_blobs: 0, last_full_at: null });
  });

  it.each(["-stored_bytes", "-logical_bytes", "-trash_bytes", "name"])(
    "pages through models sorted by %s",
    async (sort) => {
      const all = (await api.get(`/api/v1/storage/models?limit=200&sort=${sort}`)).body.items;
      const seen = [];
      let cursor = "";
      do {
        const { status, body } = await api.get(
          `/api/v1/storage/models?limit=2&sort=${sort}${cursor && `&cursor=${cursor}`}`,
        );
        expect(status).toBe(200);
        seen.push(...body.items);
        cursor = body.next_cursor ?? "";
      } while (cursor !== "");
      expect(seen).toEqual(all);
    },
  );

  it("collects over REST, one run at a time, and tells how it went", async () => {
    const plan = await api.send("POST", "/api/v1/storage/collections", { dry_run: true });
    expect(plan.status).toBe(200);
    expect(plan.body).toMatchObject({ dry_run: true, blobs: 0, bytes: 0, items: [] });
    const started = await api.send("POST", "/api/v1/storage/collections", {});
    expect(started.status).toBe(202);
    await expect
      .poll(async () => (await api.get("/api/v1/storage/collections")).body.items[0].state, {
        timeout: 60_000,
      })
      .toBe("done");
  });

  it("verifies over REST", async () => {
    const started = await api.send("POST", "/api/v1/storage/scrubs", { model: "kept" });
    expect(started.status).toBe(202);
    await expect
      .poll(async () => (await api.get("/api/v1/storage/scrubs")).body.items[0], {
        timeout: 60_000,
      })
      .toMatchObject({ state: "done", damaged: 0, target: "model:kept" });
    const { body } = await explain(1);
    expect(body.verified_at).not.toBeNull();
  });

  it("refuses what it does not know", async () => {
    for (const path of ["blobs/sha256:0", "blobs/x", "models?sort=x", "collections?limit=0"])
      expect((await api.get(`/api/v1/storage/${path}`)).status, path).toBe(400);
    const unknown = await api.get(`/api/v1/storage/blobs/sha256:${"0".repeat(64)}`);
    expect(unknown.body.code).toBe("blob_not_found");
    for (const body of [
      { digest: "x" },
      { digest: `sha256:${"0".repeat(64)}`, model: "m" },
      { x: 1 },
    ])
      expect((await api.send("POST", "/api/v1/storage/scrubs", body)).status).toBe(400);
  });
});
