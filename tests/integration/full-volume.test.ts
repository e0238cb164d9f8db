/** A volume that really is full, or read-only, as a client of the server sees it. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { safetensors } from "../support/model-files.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { type Answer, RegistryClient, sha256 } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";
import { filesSeenBy, remount } from "../support/small-volume.ts";

const VOLUME_MB = 32;
const MEBIBYTE = 1024 * 1024;

let database: TestDatabase;
let server: RunningServer;
let api: RegistryClient;
beforeAll(async () => {
  database = await createTestDatabase("migrated");
  server = await startServer({
    volumeMb: VOLUME_MB,
    // What stays free is another refusal, made before the first byte is written.
    env: {
      DATABASE_URL: database.url,
      MODEL_REGISTRY_STORAGE__MIN_FREE_SPACE: "0",
      // Which files there are is compared before and after.
      MODEL_REGISTRY_STORAGE__COMPRESSION: "false",
    },
  });
  api = new RegistryClient(server.baseUrl);
});
afterAll(async () => {
  await server?.stop();
  await database?.drop();
});

function model(megabytes: number, fill: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(megabytes * MEBIBYTE).fill(fill);
  return safetensors({ weight: { dtype: "U8", shape: [bytes.length], bytes } });
}

function register(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Answer> {
  return api.register({ name }, [{ path: "m.safetensors", bytes }]);
}

/** Without a length in its head, so that only the full disk can end it. */
async function registerUnannounced(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Answer> {
  const form = new FormData();
  form.append("name", name);
  form.append("file", new Blob([bytes]), "m.safetensors");
  const whole = new Response(form);
  const response = await fetch(`${server.baseUrl}/api/v1/models`, {
    method: "POST",
    headers: { "Content-Type": whole.headers.get("content-type") ?? "" },
    body: whole.body,
    duplex: "half",
  } as RequestInit);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function expectKept(name: string, bytes: Uint8Array): Promise<void> {
  const file = await api.download(`/api/v1/models/${name}/versions/1.0.0/download`);
  expect(file.status).toBe(200);
  expect(sha256(file.bytes)).toBe(sha256(bytes));
}

/** Without the audit log's checkpoints, which come by the clock. */
const CHECKPOINT = /^\d{16}-[0-9a-f]{64}\.json$/;
const files = () =>
  filesSeenBy(server.pid, server.dataFolder)
    .filter((name) => !CHECKPOINT.test(name))
    .sort();
const first = model(4, 1);

describe("a full volume", () => {
  beforeAll(async () => {
    expect((await register("first", first)).status).toBe(201);
    // The records come from the queue, that of the version last; the tests compare what is there.
    while (!files().includes("1.0.0.json")) await sleep(50);
  });

  it.each([
    ["of announced length", register],
    ["of unknown length", registerUnannounced],
  ])("refuses an upload %s with 507, and nothing of it stays", async (_, send) => {
    const before = files();
    const answer = await send("large", model(VOLUME_MB + 8, 2));
    expect(answer.status).toBe(507);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(answer.body).toMatchObject({ status: 507, code: "insufficient_storage" });
    await expect.poll(files, { timeout: 10_000 }).toEqual(before);
    expect((await api.get("/api/v1/models/large")).status).toBe(404);
    await expectKept("first", first);
  });

  it("takes what fits right after", async () => {
    const small = model(2, 3);
    expect((await register("small", small)).status).toBe(201);
    await expectKept("small", small);
  });

  it("lets of many uploads at once as many in as fit, and each of them is whole", async () => {
    const models = Array.from({ length: 12 }, (_, at) => model(4, 20 + at));
    const answers = await Promise.all(models.map((bytes, at) => register(`m-${at}`, bytes)));
    const statuses = answers.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([201, 507]));
    for (const [at, status] of statuses.entries()) {
      if (status === 201) await expectKept(`m-${at}`, models[at] as Uint8Array);
      else expect((await api.get(`/api/v1/models/m-${at}`)).status).toBe(404);
    }
  });
});

describe("a volume that became read-only", () => {
  it("refuses uploads with 503, serves what is there, and goes on when it can be written again", async () => {
    remount(server.pid, server.dataFolder, "ro");
    try {
      const answer = await register("later", model(1, 4));
      expect(answer.body).toMatchObject({ status: 503, code: "storage_read_only" });
      await expectKept("first", first);
    } finally {
      remount(server.pid, server.dataFolder, "rw");
    }
    const trash = await api.send("DELETE", "/api/v1/models/small");
    expect(trash.status).toBeLessThan(300);
    await expectKept("first", first);
  });
});
