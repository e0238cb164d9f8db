import { spawn } from "node:child_process";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyModel } from "../support/model-files.ts";
import { RegistryClient, sha256 } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";
import { settleQueue } from "../support/settled-queue.ts";

const projectFolder = resolve(import.meta.dirname, "..", "..");

let server: RunningServer;
let api: RegistryClient;
beforeAll(async () => {
  server = await startServer();
  api = new RegistryClient(server.baseUrl);
});
afterAll(() => server.stop());

const bytesOf = (seed: number) => tinyModel(seed, 64);
const register = async (name: string, seed: number, fields: Record<string, string> = {}) => {
  const files = [{ path: "weights/m.safetensors", bytes: bytesOf(seed) }];
  const answer = await api.register({ name, ...fields }, files);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
};

/** Everything that a client can see, the moments of the rebuild aside. */
async function snapshot() {
  const seen: Record<string, unknown> = {};
  for (const path of [
    "/api/v1/models?sort=name",
    "/api/v1/trash",
    "/api/v1/trash/versions",
    "/api/v1/models/Alpha",
    "/api/v1/models/Alpha/versions",
    "/api/v1/models/Alpha/versions/@champion",
    "/api/v1/models/Alpha/versions/1.0.0/tensors",
    "/api/v1/models/untouched/versions/latest",
  ]) {
    const { status, body } = await api.get(path);
    seen[path] = { status, body };
  }
  return seen;
}

async function reindex(): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [join(projectFolder, "scripts", "reindex.ts")], {
    cwd: projectFolder,
    env: { ...process.env, MODEL_REGISTRY_STORAGE__BASE_PATH: server.dataFolder, DATABASE_URL: "" },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output += String(chunk);
    });
  }
  const code = await new Promise<number | null>((done) => child.on("close", done));
  return { code, output };
}

const loseDatabase = () =>
  rm(join(server.dataFolder, "postgres"), { recursive: true, force: true });

describe("a registry whose database is lost", () => {
  it("comes back whole from manifests and blobs", async () => {
    const metadata = '{"zeta":1,"accuracy":0.95,"nested":{"longer":1,"a":[1,2]}}';
    await register("Alpha", 1, {
      framework: "pytorch",
      description: "first",
      tags: '{"team":"vision"}',
      metadata,
    });
    await register("alpha", 2, { version: "2.0.0-RC.1" });
    await register("alpha", 3, { version: "1.1.0" });
    await register("alpha", 1, { version: "1.2.0" });
    await api.send("PUT", "/api/v1/models/alpha/aliases/champion", { version: "1.1.0" });
    await api.send("POST", "/api/v1/models/alpha/versions/1.0.0/stage", { stage: "production" });
    await api.send("PATCH", "/api/v1/models/alpha/versions/1.0.0", { tags: { good: "yes" } });
    await api.send("PATCH", "/api/v1/models/alpha", { description: "Edited", owner: "team" });
    await api.send("DELETE", "/api/v1/models/alpha/versions/1.2.0");
    await register("untouched", 4);
    await register("binned", 5);
    await api.send("DELETE", "/api/v1/models/binned");
    const before = await snapshot();

    await settleQueue(server.baseUrl);
    await server.terminate();
    await loseDatabase();
    // Without its rows the registry would overwrite the records and free the blobs.
    await expect(server.restart()).rejects.toThrow(
      /npm run restore brings it back from a backup, or npm run reindex the models alone/,
    );
    const outcome = await reindex();
    expect(outcome).toMatchObject({ code: 0 });
    expect(outcome.output).toContain("3 models, 6 versions; 0 problems");
    await server.restart();

    expect(await snapshot()).toEqual(before);
    const first = await api.get("/api/v1/models/alpha/versions/1.0.0");
    expect(JSON.stringify(first.body.metadata), "in the order it was sent in").toBe(metadata);
    const file = await api.download(
      "/api/v1/models/alpha/versions/1.1.0/files/weights/m.safetensors",
    );
    expect(sha256(file.bytes)).toBe(sha256(bytesOf(3)));
    const taken = await api.register({ name: "alpha", version: "1.2.0" }, [
      { path: "m.safetensors", bytes: bytesOf(6) },
    ]);
    expect(taken.body.code).toBe("version_in_trash");
    const restored = await api.send("POST", "/api/v1/models/binned/restore");
    expect(restored.status).toBe(200);
  });

  it("is not rebuilt over a database that is in use", async () => {
    await server.terminate();
    const outcome = await reindex();
    expect(outcome.code).toBe(1);
    expect(outcome.output).toContain("The database holds models already.");
    await server.restart();
  });

  it("names what is damaged, and brings back the rest", async () => {
    await server.terminate();
    const metadata = join(server.dataFolder, "metadata");
    const forged = join(metadata, "untouched", "1.0.0.json");
    const text = await readFile(forged, "utf8");
    await writeFile(join(metadata, "alpha", "9.0.0.json"), text);
    await writeFile(join(metadata, "alpha", "8.0.0.json"), "not JSON {");
    await writeFile(forged, text.replace(/"size_bytes": \d+/, '"size_bytes": 1'));
    const [lost] = await filesBelow(join(server.dataFolder, "blobs"), sha256(bytesOf(5)));
    await rename(lost as string, `${server.dataFolder}/lost`);
    await loseDatabase();

    const outcome = await reindex();
    expect(outcome.code).toBe(2);
    for (const reason of [
      "alpha/9.0.0.json: it belongs at metadata/untouched/1.0.0.json",
      "alpha/8.0.0.json: ",
      "untouched/1.0.0.json: its digest is not that of its content",
      `binned 1.0.0, weights/m.safetensors: its bytes (sha256:${sha256(bytesOf(5))}) are missing`,
    ])
      expect(outcome.output).toContain(reason);
    await server.restart();
    expect((await api.get("/api/v1/models/alpha/versions/@champion")).status).toBe(200);
    // The model's own record is sound: its name stays taken, and its number is not used again.
    expect((await api.get("/api/v1/models/untouched")).body).toMatchObject({ version_count: 0 });
    expect((await api.get("/api/v1/models/untouched/versions/1.0.0")).status).toBe(404);
    const refused = await api.get("/api/v1/models/binned/versions/1.0.0/download");
    expect(refused.body.code).toBe("version_quarantined");
  });
});

async function filesBelow(folder: string, name: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries.filter((entry) => entry.endsWith(name)).map((entry) => join(folder, entry));
}
