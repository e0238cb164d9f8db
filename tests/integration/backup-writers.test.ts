/** Backups of a server that fifty clients write to, compared with what they were promised, and with PostgreSQL's own pg_dump. */
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dumpSnapshot } from "../../lib/backup/dump-database.ts";
import { readRows } from "../../lib/backup/rows-file.ts";
import { openTarget } from "../../lib/backup/target.ts";
import { findRunningPostgres } from "../../lib/db/embedded-running.ts";
import { backupTableKey, TARGET_FOLDERS } from "../../lib/storage/backup-layout.ts";
import { ensurePgDump } from "../../scripts/lib/ensure-pg-dump.mjs";
import { makeFolders, runBackupCommand } from "../support/backup-commands.ts";
import { tinyModel } from "../support/model-files.ts";
import { RegistryClient, sha256 } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const CLIENTS = 50;
const OUTPUT_BYTES = 1024 ** 3;

let folders: Awaited<ReturnType<typeof makeFolders>>;
let server: RunningServer;
const settings = (data: string) => ({
  MODEL_REGISTRY_STORAGE__BASE_PATH: data,
  MODEL_REGISTRY_STORAGE__MIN_FREE_SPACE: "1MB",
  MODEL_REGISTRY_BACKUP__TARGET: folders.at("backups"),
  MODEL_REGISTRY_BACKUP__SCHEDULE: "off",
});
beforeAll(async () => {
  folders = await makeFolders();
  await mkdir(folders.at("backups"));
  const { MODEL_REGISTRY_STORAGE__BASE_PATH: _, ...env } = settings("");
  server = await startServer({ env });
});
afterAll(async () => {
  await server.stop();
  await folders.remove();
});

type Acknowledged = { path: string; sha256: string };

/** Clients that register, move aliases and stages until they are told to stop; with what they were promised. */
class Writers {
  readonly acknowledged: Acknowledged[] = [];
  #isStopping = false;
  #seed = 0;
  readonly #clients: Promise<void>[];

  constructor(baseUrl: string) {
    const api = new RegistryClient(baseUrl);
    this.#clients = Array.from({ length: CLIENTS }, (_, number) => this.#write(api, number));
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#clients);
  }

  async #write(api: RegistryClient, number: number): Promise<void> {
    const name = `net-${number}`;
    while (!this.#isStopping) {
      this.#seed += 1;
      const bytes = tinyModel(this.#seed, 1000);
      const { status, body } = await api.register({ name }, [{ path: "m.safetensors", bytes }]);
      if (status !== 201) continue;
      const { version } = body;
      const path = `/api/v1/models/${name}/versions/${version}/files/m.safetensors`;
      this.acknowledged.push({ path, sha256: sha256(bytes) });
      await api.send("PUT", `/api/v1/models/${name}/aliases/newest`, { version });
      await api.send("POST", `/api/v1/models/${name}/versions/${version}/stage`, {
        stage: "staging",
      });
    }
  }
}

describe("a backup under fifty writing clients", () => {
  it("has the rows that pg_dump finds at the same moment", async () => {
    const pgDump = await ensurePgDump();
    const url = (await findRunningPostgres(server.dataFolder)) ?? "";
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const writers = new Writers(server.baseUrl);
    const storage = {
      driver: "disk" as const,
      basePath: folders.at("compared"),
      folders: TARGET_FOLDERS,
    };
    await mkdir(storage.basePath);
    const target = await openTarget(
      { storage, isOwnFolder: true, identity: null },
      { forWriting: true },
    );
    try {
      await expect.poll(() => writers.acknowledged.length, { timeout: 60_000 }).toBeGreaterThan(60);
      await client.query("begin isolation level repeatable read read only");
      const { rows } = await client.query("select pg_export_snapshot() as snapshot");
      const id = "20260101-000000-abcdef";
      const [dump, { stdout }] = await Promise.all([
        dumpSnapshot(client, target, id, new AbortController().signal),
        promisify(execFile)(
          pgDump,
          ["--data-only", "--schema=public", `--snapshot=${rows[0]?.snapshot}`, url],
          { maxBuffer: OUTPUT_BYTES },
        ),
      ]);
      const theirs = parseDump(stdout);
      expect(dump.tables.length).toBeGreaterThan(15);
      for (const { name, rows: count } of dump.tables) {
        let text = "";
        for await (const bytes of readRows(target, backupTableKey(id, name)))
          text += bytes.toString("utf8");
        const ours = text.split("\n").slice(0, -1);
        expect(ours, name).toHaveLength(count);
        expect(ours.sort(), name).toEqual((theirs.get(name) ?? []).sort());
      }
      expect(dump.tables.find(({ name }) => name === "version")?.rows).toBeGreaterThan(60);
    } finally {
      await client.end();
      await target.close();
      await writers.stop();
    }
  });

  it("is restored with every version that was acknowledged before it, beside collections and compression", async () => {
    const writers = new Writers(server.baseUrl);
    const api = new RegistryClient(server.baseUrl);
    await expect.poll(() => writers.acknowledged.length, { timeout: 60_000 }).toBeGreaterThan(60);
    const promised = [...writers.acknowledged];
    const collecting = api.send("POST", "/api/v1/storage/collections", { dry_run: false });
    const outcome = await runBackupCommand("backup", [], settings(server.dataFolder));
    await collecting;
    await writers.stop();
    expect(outcome, outcome.output).toMatchObject({ code: 0 });
    const target = folders.at("restored");
    const restored = await runBackupCommand("restore", ["latest"], settings(target));
    expect(restored, restored.output).toMatchObject({ code: 0 });
    const copy = await startServer({ env: settings(target) });
    try {
      const there = new RegistryClient(copy.baseUrl);
      for (const { path, sha256: expected } of promised) {
        const { status, bytes } = await there.download(path);
        expect(status, path).toBe(200);
        expect(sha256(bytes), path).toBe(expected);
      }
      const all = new Map(writers.acknowledged.map((known) => [known.path, known.sha256]));
      for (let number = 0; number < CLIENTS; number += 1) {
        const name = `net-${number}`;
        const { body } = await there.get(`/api/v1/models/${name}/versions?limit=200`);
        for (const { version } of body.items) {
          const path = `/api/v1/models/${name}/versions/${version}/files/m.safetensors`;
          const { status, bytes } = await there.download(path);
          expect(status, path).toBe(200);
          if (all.has(path)) expect(sha256(bytes), path).toBe(all.get(path));
        }
        const alias = await there.get(`/api/v1/models/${name}/versions/@newest`);
        expect(alias.status).toBe(200);
      }
    } finally {
      await copy.stop();
    }
  });
});

/** The rows of each table in pg_dump's plain format. */
function parseDump(text: string): Map<string, string[]> {
  const tables = new Map<string, string[]>();
  let current: string[] | null = null;
  for (const line of text.split("\n")) {
    const name = /^COPY public\.(\w+) \(.*\) FROM stdin;$/.exec(line)?.[1];
    if (current === null && name !== undefined) {
      current = [];
      tables.set(name, current);
    } else if (line === "\\.") current = null;
    else current?.push(line);
  }
  return tables;
}
