/** The audit log of a running server: what gets into it, who may touch it, and the command that proves it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { tinyModel } from "../support/model-files.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";
import { tamper } from "../support/tamper.ts";
import { PAYLOAD } from "../support/verdict-files.ts";

const projectFolder = resolve(import.meta.dirname, "..", "..");
const ROLE = `server_${Date.now()}`;

let database: TestDatabase;
let server: RunningServer;
let api: RegistryClient;
beforeAll(async () => {
  database = await createTestDatabase("migrated");
  await run(database.url, `create role ${ROLE} login password 'p'`);
  const url = new URL(database.url);
  Object.assign(url, { username: ROLE, password: "p" });
  server = await startServer({
    env: { DATABASE_URL: url.href, MODEL_REGISTRY_DATABASE__MIGRATION_URL: database.url },
  });
  api = new RegistryClient(server.baseUrl);
});
afterAll(async () => {
  await server.stop();
  await run(database.url, `drop owned by ${ROLE}`);
  await database.drop();
});

async function run(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const entriesOf = async (query: string) => (await api.get(`/api/v1/audit?${query}`)).body.items;

/** The command with the server's storage; its exit code and what it says. */
async function verify(): Promise<{ code: number; text: string }> {
  const child = spawn(process.execPath, [join(projectFolder, "scripts", "audit-verify.ts")], {
    cwd: projectFolder,
    env: {
      ...process.env,
      DATABASE_URL: database.url,
      MODEL_REGISTRY_STORAGE__BASE_PATH: server.dataFolder,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      text += chunk;
    });
  const [code] = await once(child, "close");
  return { code, text };
}

it("has changes, downloads and refusals, with who and from where", async () => {
  const bytes = new Uint8Array(tinyModel());
  const answer = await api.register({ name: "seen" }, [
    { path: "m.safetensors", bytes },
    { path: "evil.pkl", bytes: new TextEncoder().encode(PAYLOAD) },
  ]);
  expect(answer.status).toBe(201);
  const file = "/api/v1/models/seen/versions/1.0.0/files";
  await api.download(`${file}/m.safetensors`, { "x-request-id": "download-1" });
  await api.download(`${file}/m.safetensors`, { range: "bytes=0-9" });
  await api.send("HEAD", `${file}/m.safetensors`);
  expect((await api.get(`${file}/evil.pkl`)).status).toBe(403);
  const foreign = { "sec-fetch-site": "cross-site" };
  expect((await api.send("DELETE", "/api/v1/models/seen", undefined, foreign)).status).toBe(403);
  await expect.poll(() => entriesOf("action=request.refused")).toHaveLength(2);
  const from = { actor: "anonymous", actor_id: "anonymous", address: "127.0.0.1" };
  expect(await entriesOf("action=version.downloaded")).toMatchObject([
    {
      ...from,
      model: "seen",
      version: "1.0.0",
      request_id: "download-1",
      detail: { file: "m.safetensors", requests: 1, bytes: bytes.length },
    },
  ]);
  expect(await entriesOf("action=request.refused")).toMatchObject([
    { ...from, model: "seen", detail: { permission: "model.delete", code: "forbidden" } },
    {
      ...from,
      model: "seen",
      version: "1.0.0",
      detail: { permission: "model.read", code: "version_quarantined" },
    },
  ]);
  expect(await entriesOf("model=seen&action=version.registered")).toMatchObject([from]);
});

it("gives each entry its place within seconds, and signs the first at once", async () => {
  const state = async () => (await api.get("/api/v1/audit/chain")).body;
  await expect.poll(state, { timeout: 20_000 }).toMatchObject({ waiting: 0 });
  const { entries, checkpoint, keys } = await state();
  expect(entries).toBeGreaterThanOrEqual(5);
  expect(checkpoint.key_id).toBe(keys[0].id);
  expect(server.logs()).toMatch(/Audit +checkpoints are signed by ed25519:[\w-]{43}/);
  const [{ seq, hash }] = await entriesOf("limit=1");
  expect(Number(seq)).toBe(entries);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
});

it("is out of the server's own reach, whose role the start confines", async () => {
  expect(server.logs()).not.toMatch(/the database role may/);
  const url = new URL(database.url);
  Object.assign(url, { username: ROLE, password: "p" });
  await expect(run(url.href, "update audit set actor = 'x'")).rejects.toMatchObject({
    code: "42501",
  });
});

it("is proven by the command, which names what was changed", async () => {
  const whole = await verify();
  expect(whole, whole.text).toMatchObject({ code: 0 });
  expect(whole.text).toMatch(/Key +ed25519:/);
  const [{ id, seq }] = await entriesOf("model=seen&action=version.registered");
  await tamper(database.url, `update audit set actor = 'x' where id = ${id}`);
  const broken = await verify();
  expect(broken, broken.text).toMatchObject({ code: 2 });
  expect(broken.text).toContain(`changed at place ${seq}: Entry ${id} was changed.`);
  await tamper(database.url, `update audit set actor = 'anonymous' where id = ${id}`);
});

it("signs its end when the server stops, and goes on at the next start", async () => {
  await api.send("PATCH", "/api/v1/models/seen", { description: "last" });
  expect(await server.terminate()).toBe(0);
  const [last] = await run(database.url, "select max(seq)::int as seq from audit_link");
  const [signed] = await run(database.url, "select max(seq)::int as seq from audit_checkpoint");
  expect(signed).toEqual(last);
  expect(await run(database.url, "select * from audit_unchained")).toEqual([]);
  await server.restart();
  await api.send("PATCH", "/api/v1/models/seen", { description: "next" });
  await expect
    .poll(() => entriesOf("limit=1"), { timeout: 20_000 })
    .toMatchObject([{ seq: String(Number(last?.seq) + 1) }]);
  expect((await verify()).code).toBe(0);
});

it("with the embedded PostgreSQL the server does not work as its superuser", async () => {
  const own = await startServer();
  try {
    const folder = join(own.dataFolder, "postgres");
    const password = await readFile(join(folder, "password"), "utf8");
    const port = (await readFile(join(folder, "cluster", "postmaster.pid"), "utf8")).split("\n")[3];
    const users = await run(
      `postgresql://registry:${password}@127.0.0.1:${port}/registry`,
      `select distinct usename from pg_stat_activity
       where datname = 'registry' and pid <> pg_backend_pid() and backend_type = 'client backend'`,
    );
    expect(users).toEqual([{ usename: "registry_server" }]);
    expect(own.logs()).not.toMatch(/the database role may/);
  } finally {
    await own.stop();
  }
});
