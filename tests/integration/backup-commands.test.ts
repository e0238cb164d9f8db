/** Backups of a real server, by its commands and its interface, and what a kill leaves. */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findRunningPostgres } from "../../lib/db/embedded-running.ts";
import {
  makeFolders,
  runBackupCommand,
  startCommand,
  untilFiles,
} from "../support/backup-commands.ts";
import { forgeSignature } from "../support/backup-scene.ts";
import { tinyModel } from "../support/model-files.ts";
import { RegistryClient, sha256 } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const BLOB = /[0-9a-f]{64}$/;
const ELEMENTS = 300_000;
const MODELS = 24;
/** A killed process is noticed within a minute. */
const RESUMED_MS = 120_000;

let folders: Awaited<ReturnType<typeof makeFolders>>;
let server: RunningServer;
let api: RegistryClient;
const expected = new Map<string, string>();
const settings = (data: string) => ({
  MODEL_REGISTRY_STORAGE__BASE_PATH: data,
  MODEL_REGISTRY_STORAGE__MIN_FREE_SPACE: "1MB",
  MODEL_REGISTRY_BACKUP__TARGET: folders.at("backups"),
});

beforeAll(async () => {
  folders = await makeFolders();
  await mkdir(folders.at("backups"));
  server = await startServer({
    env: {
      MODEL_REGISTRY_BACKUP__TARGET: folders.at("backups"),
      MODEL_REGISTRY_BACKUP__SCHEDULE: "off",
      MODEL_REGISTRY_BACKUP__DRILL_SCHEDULE: "off",
      MODEL_REGISTRY_STORAGE__COMPRESSION: "false",
    },
  });
  api = new RegistryClient(server.baseUrl);
  for (let seed = 1; seed <= MODELS; seed += 1) {
    const bytes = tinyModel(seed, ELEMENTS);
    const name = `net-${seed}`;
    const answer = await api.register({ name }, [{ path: "m.safetensors", bytes }]);
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    expected.set(name, sha256(bytes));
  }
  await api.send("PUT", "/api/v1/models/net-1/aliases/champion", { version: "1.0.0" });
  await api.send("POST", "/api/v1/models/net-1/versions/1.0.0/stage", { stage: "production" });
});
afterAll(async () => {
  await server.stop();
  await folders.remove();
});

async function done(answer: { status: number; body: { id: string } }) {
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  const get = () => api.get(`/api/v1/operations/${answer.body.id}`);
  await expect
    .poll(async () => (await get()).body.finished_at, { timeout: RESUMED_MS, interval: 200 })
    .not.toBeNull();
  return (await get()).body;
}

/** The path of a blob below the folder of blobs. */
async function oneBlob(): Promise<string> {
  const found = await readdir(folders.at("backups/blobs"), { recursive: true });
  return found.find((path) => BLOB.test(path)) ?? "";
}

const backups = async () => (await api.get("/api/v1/backups")).body;

/** What clients see of a registry, and the bytes of every version. */
async function seenAt(baseUrl: string) {
  const client = new RegistryClient(baseUrl);
  const seen: Record<string, unknown> = {};
  for (const path of [
    "/api/v1/models?sort=name&limit=200",
    "/api/v1/models/net-1/versions/@champion",
    "/api/v1/models/net-1/aliases/champion/history",
  ]) {
    const { status, body } = await client.get(path);
    seen[path] = { status, body };
  }
  const audit = await client.get("/api/v1/audit?limit=200");
  seen.audit = audit.body.items.map(({ action, model }: { action: string; model: string }) => ({
    action,
    model,
  }));
  for (const name of expected.keys()) {
    const { bytes } = await client.download(
      `/api/v1/models/${name}/versions/1.0.0/files/m.safetensors`,
    );
    seen[name] = sha256(bytes);
  }
  return seen;
}

describe("backups of a running server", () => {
  it("are made by the command beside it, listed, verified, and restored on trial", async () => {
    const empty = await backups();
    expect(empty).toMatchObject({ enabled: true, problem: null, items: [], beside_models: false });
    const outcome = await runBackupCommand("backup", [], settings(server.dataFolder));
    expect(outcome, outcome.output).toMatchObject({ code: 0 });
    expect(outcome.output).toContain(`${MODELS} new`);
    const { items } = await backups();
    expect(items).toMatchObject([{ state: "sound", blobs: MODELS, new_blobs: MODELS }]);
    const [{ id }] = items;
    // That of a share, which follows each backup, may be under way.
    const isVerifying = async () =>
      (await backups()).active.some(({ kind }: { kind: string }) => kind === "verification");
    await expect.poll(isVerifying, { timeout: RESUMED_MS, interval: 200 }).toBe(false);
    const verification = await done(
      await api.send("POST", `/api/v1/backups/${id}/verify`, { all: true }),
    );
    expect(verification).toMatchObject({ state: "done", error: null });
    const drill = await done(await api.send("POST", "/api/v1/backups/drills"));
    expect(drill).toMatchObject({ state: "done", error: null, progress: { versions: 20 } });
    expect((await backups()).items).toMatchObject([
      { verified: { is_full: true, blobs: MODELS, problems: [] }, drill: { problems: [] } },
    ]);
  });

  it("are made on request, copy nothing twice, and one at a time", async () => {
    const first = await api.send("POST", "/api/v1/backups");
    const second = await api.send("POST", "/api/v1/backups");
    expect([202, 409]).toContain(second.status);
    expect(await done(first)).toMatchObject({
      state: "done",
      progress: { blobs: MODELS, new_blobs: 0 },
    });
  });

  it("of ids that are none are refused", async () => {
    for (const id of ["20260101-000000-abcdef", "x", "..%2f..", "%00"]) {
      const answer = await api.send("POST", `/api/v1/backups/${id}/verify`, {});
      expect([400, 404], id).toContain(answer.status);
    }
  });

  it("go on after kill -9 of the command, and of a drill's server", async () => {
    await rm(folders.at("backups"), { recursive: true });
    await mkdir(folders.at("backups"));
    await server.terminate();
    const command = startCommand("backup", [], settings(server.dataFolder));
    await untilFiles(folders.at("backups/blobs"), BLOB, 2, command);
    command.child.kill("SIGKILL");
    await command.result;
    const left = (await readdir(folders.at("backups"), { recursive: true })).filter((path) =>
      path.endsWith("manifest.json"),
    );
    expect(left, "an interrupted backup is none").toEqual([]);
    const again = await runBackupCommand("backup", [], settings(server.dataFolder));
    expect(again, again.output).toMatchObject({ code: 0 });
    await server.restart();
    expect((await backups()).items).toMatchObject([{ state: "sound", blobs: MODELS }]);

    const url = (await findRunningPostgres(server.dataFolder)) ?? "";
    const scratch = async (at: string) => {
      const client = new pg.Client({ connectionString: at });
      await client.connect();
      const { rows } = await client.query(
        "select datname from pg_database where datname like '%\\_drill\\_%'",
      );
      await client.end();
      return rows.length;
    };
    const drill = await api.send("POST", "/api/v1/backups/drills");
    expect(drill.status).toBe(202);
    await expect.poll(() => scratch(url), { timeout: 60_000, interval: 20 }).toBe(1);
    await server.kill9();
    await server.restart();
    expect(await done(drill)).toMatchObject({ state: "done", error: null });
    expect(await scratch((await findRunningPostgres(server.dataFolder)) ?? "")).toBe(0);
  });

  it("are restored into a new server, also after kill -9 of the restore", async () => {
    const before = await seenAt(server.baseUrl);
    const target = folders.at("restored");
    const command = startCommand("restore", ["latest"], settings(target));
    await untilFiles(`${target}/blobs`, BLOB, 2, command);
    command.child.kill("SIGKILL");
    await command.result;
    await expect(
      startServer({ env: { MODEL_REGISTRY_STORAGE__BASE_PATH: target } }),
      "no server begins anew on half a registry",
    ).rejects.toThrow(/The restore of the backup .* was interrupted/);
    const outcome = await runBackupCommand("restore", ["latest"], settings(target));
    expect(outcome, outcome.output).toMatchObject({ code: 0 });
    const restored = await startServer({ env: settings(target) });
    try {
      expect(await seenAt(restored.baseUrl)).toEqual(before);
      const over = await runBackupCommand("restore", ["latest"], settings(target));
      expect(over.code).toBe(1);
    } finally {
      await restored.stop();
    }
  });

  it("are verified by the command as by the server, which shows what it has found", async () => {
    const [{ id }] = (await backups()).items;
    const ours = settings(server.dataFolder);
    const verify = (...words: string[]) => runBackupCommand("verify-backup", words, ours);
    const state = async () => (await backups()).items.find((one: { id: string }) => one.id === id);
    const isAlert = async () =>
      (await api.get("/api/v1/alerts")).body.items.some(
        (alert: { kind: string; subject: string; resolved_at: string | null }) =>
          alert.kind === "backup_damaged" && alert.subject === id && alert.resolved_at === null,
      );

    const file = join(folders.at("backups/blobs"), await oneBlob());
    const bytes = await readFile(file);
    bytes[7] = (bytes[7] ?? 0) ^ 1;
    await writeFile(file, bytes);
    const damaged = await verify(id, "--all");
    expect(damaged, damaged.output).toMatchObject({ code: 2 });
    expect(damaged.output).toMatch(/sha256:[0-9a-f]{64} is damaged/);
    expect(await state()).toMatchObject({ state: "damaged", verified: { is_full: true } });
    expect(await isAlert()).toBe(true);
    expect(existsSync(file), "set aside").toBe(false);

    expect((await runBackupCommand("backup", [], ours)).code).toBe(0);
    const healed = await verify(id, "--all");
    expect(healed, healed.output).toMatchObject({ code: 0 });
    expect(await state()).toMatchObject({ state: "sound", verified: { problems: [] } });
    expect(await isAlert()).toBe(false);

    const manifest = join(folders.at("backups/backups"), id, "manifest.json");
    const original = await forgeSignature(manifest);
    const foreign = await verify(id);
    expect(foreign, foreign.output).toMatchObject({ code: 2 });
    expect(foreign.output).toMatch(/signed by ed25519:\S+, which is no key of this registry/);
    await writeFile(manifest, original);
  });

  it("are verified where there is no registry, and restored only when they are whole", async () => {
    const data = folders.at("nothing");
    const outcome = await runBackupCommand("verify-backup", ["--all"], settings(data));
    expect(outcome, outcome.output).toMatchObject({ code: 0 });
    expect(outcome.output).toContain(`${MODELS} of ${MODELS} blobs read`);
    expect(outcome.output).toContain("there is no registry in");
    expect(existsSync(data)).toBe(false);

    const unknown = await runBackupCommand("restore", ["20260101-000000-abcdef"], settings(data));
    expect(unknown).toMatchObject({ code: 1, output: expect.stringContaining("is no backup") });
    expect(existsSync(data), "nothing is made for a backup that is not there").toBe(false);
    const [{ id }] = (await backups()).items;
    const rows = join(folders.at("backups/backups"), id, "tables", "model.zst");
    await rename(rows, `${rows}.away`);
    const damaged = await runBackupCommand("restore", [id], settings(data));
    await rename(`${rows}.away`, rows);
    expect(damaged).toMatchObject({ code: 1 });
    expect(damaged.output).toMatch(/Signed +by ed25519:/);
    expect(damaged.output).toContain(`Checking     ${MODELS} blobs`);
    expect(damaged.output).toContain(`backups/${id}/tables/model.zst of a backup is missing`);
    expect(damaged.output).toMatch(/Made +.*postgres.* in /);
  });
});
