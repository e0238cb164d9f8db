/** A registry with a place for its backups, and empty registries into which they are restored. */
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import pg from "pg";
import { BackupTargets } from "../../lib/backup/backup-targets.ts";
import { createBackup } from "../../lib/backup/create-backup.ts";
import { withBackupConnection } from "../../lib/backup/dump-database.ts";
import type { Manifest } from "../../lib/backup/manifest.ts";
import { type RestoreInput, restoreBackup } from "../../lib/backup/restore-backup.ts";
import { columnList, isExcluded, listTables, quoted } from "../../lib/backup/tables.ts";
import { composeServices, type Services } from "../../lib/compose.ts";
import type { Config } from "../../lib/config/config.ts";
import { loadConfig } from "../../lib/config/load-config.ts";
import { moveAlias } from "../../lib/models/move-alias.ts";
import { setStage } from "../../lib/models/set-stage.ts";
import { trashModel } from "../../lib/models/trash-model.ts";
import { openStorage } from "../../lib/storage/open-storage.ts";
import { tinyModel } from "./model-files.ts";
import { ModelRegistry } from "./model-registry.ts";
import { createTestDatabase } from "./postgres.ts";

const projectFolder = resolve(import.meta.dirname, "..", "..");
/** Written when rows are restored, and so not those of the backup. */
const CHANGED_BY_RESTORE: Record<string, string[]> = {
  blob: ["encoding", "compression", "verified_at", "stored_bytes", "damaged_at"],
  version: ["stored_bytes"],
};

export type Environment = Record<string, string>;

export class BackupScene {
  readonly #settings: Environment;
  #registry: ModelRegistry | undefined;
  #folder = "";

  /** Settings on top of those of a plain folder. */
  constructor(settings: Environment = {}) {
    this.#settings = settings;
  }

  async open(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), "registry-backups-"));
    this.#registry = new ModelRegistry(this.environment);
    await this.#registry.open();
  }

  async close(): Promise<void> {
    await this.#registry?.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** The folder of the backups. */
  get folder(): string {
    return this.#folder;
  }

  get environment(): Environment {
    return { MODEL_REGISTRY_BACKUP__TARGET: this.#folder, ...this.#settings };
  }

  get registry(): ModelRegistry {
    if (this.#registry === undefined) throw new Error("the scene is not open");
    return this.#registry;
  }

  /** No backups, and nothing in the registry. */
  async clear(): Promise<void> {
    await this.registry.clear();
    await this.registry.ctx.db.$executeRaw`truncate alert, blob cascade`;
    for (const name of await readdir(this.#folder))
      await rm(join(this.#folder, name), { recursive: true, force: true });
  }

  /** Something of everything: versions, shared files, an alias, a stage, a model in the trash. */
  async furnish(): Promise<void> {
    const { registry } = this;
    const { ctx } = registry;
    await registry.register("alpha", { "m.safetensors": tinyModel(1, 64), "notes.txt": "one" });
    await registry.register("alpha", { "m.safetensors": tinyModel(2, 64), "notes.txt": "one" });
    await registry.register("beta", { "m.safetensors": tinyModel(3, 64) });
    await registry.register("binned", { "m.safetensors": tinyModel(4, 64) });
    await moveAlias(ctx, { name: "alpha", alias: "champion", version: "1.0.0" });
    await setStage(ctx, { name: "alpha", ref: "1.0.1", stage: "production" });
    await trashModel(ctx, { name: "binned" });
  }

  /** `between` runs after the snapshot of the database and before the blobs. */
  async backUp(between: () => Promise<void> = async () => undefined): Promise<Manifest> {
    const { ctx } = this.registry;
    const { signal } = new AbortController();
    let isFirst = true;
    const save = async () => {
      if (isFirst) await between();
      isFirst = false;
    };
    const target = await ctx.backups.open({ forWriting: true });
    try {
      return await withBackupConnection(ctx.config.database.url ?? "", (client) =>
        createBackup(ctx, client, target, { signal, save }),
      );
    } finally {
      await target.close();
    }
  }

  rows() {
    return rowsOf(this.registry.services.config.database.url ?? "");
  }

  /** A new registry without anything, which the caller disposes of. */
  async emptyRegistry(content: "migrated" | "empty" = "empty"): Promise<RestoredRegistry> {
    const database = await createTestDatabase(content);
    const folder = await mkdtemp(join(tmpdir(), "registry-restored-"));
    const config = loadConfig({
      DATABASE_URL: database.url,
      MODEL_REGISTRY_STORAGE__BASE_PATH: folder,
      MODEL_REGISTRY_STORAGE__MIN_FREE_SPACE: "1MB",
      MODEL_REGISTRY_LOG__LEVEL: "silent",
      ...this.environment,
    });
    return new RestoredRegistry(config, () => database.drop());
  }

  async restore(id: string): Promise<RestoredRegistry> {
    const registry = await this.emptyRegistry();
    try {
      await registry.restore(id);
      return registry;
    } catch (error) {
      await registry[Symbol.asyncDispose]();
      throw error;
    }
  }
}

export class RestoredRegistry implements AsyncDisposable {
  readonly config: Config;
  readonly #drop: () => Promise<void>;
  #services: Services | undefined;

  constructor(config: Config, drop: () => Promise<void>) {
    this.config = config;
    this.#drop = drop;
  }

  get url(): string {
    return this.config.database.url ?? "";
  }

  get folder(): string {
    return this.config.storage.basePath;
  }

  async restore(
    id: string,
    signal = new AbortController().signal,
    signer?: string,
    onProgress: RestoreInput["onProgress"] = () => undefined,
  ) {
    const storage = await openStorage(this.config.storage);
    const backups = new BackupTargets(this.config);
    try {
      return await restoreBackup({
        ...{ config: this.config, ownerUrl: this.url, storage, backups },
        ...{ projectFolder, id, signer, signal, onProgress },
      });
    } finally {
      await storage.close();
    }
  }

  async services(): Promise<Services> {
    this.#services ??= await composeServices(this.config, { background: false });
    return this.#services;
  }

  rows() {
    return rowsOf(this.url);
  }

  /** Whether servers take it for half restored. */
  async isMarked(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    const { rows } = await client.query(
      "select from pg_namespace where nspname = 'restore_under_way'",
    );
    await client.end();
    return rows.length > 0;
  }

  /** SHA-256 of what a download of each file would send, beside what it should be. */
  async downloads(): Promise<{ path: string; expected: string; actual: string }[]> {
    const { db, blobs } = await this.services();
    const files = await db.file.findMany({ orderBy: [{ versionId: "asc" }, { position: "asc" }] });
    const read = files.map(async ({ path, digest, sizeBytes }) => {
      const reader = await blobs.openReader(digest, Number(sizeBytes));
      const bytes = Buffer.alloc(reader.sizeBytes);
      await reader.read(bytes, 0);
      await reader.close();
      return { path, expected: digest, actual: createHash("sha256").update(bytes).digest("hex") };
    });
    return Promise.all(read);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#services?.close();
    await this.#drop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Every row of every table as text, by table; columns and rows that a restore changes on purpose are left out. */
export async function rowsOf(url: string): Promise<Record<string, string[]>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found: Record<string, string[]> = {};
    for (const { name, columns } of await listTables(client)) {
      if (isExcluded(name)) continue;
      const kept = columns.filter((column) => !CHANGED_BY_RESTORE[name]?.includes(column));
      const where = name === "operation" ? "where kind <> 'restore'" : "";
      const { rows } = await client.query<{ row: string }>(
        `select row(${columnList(kept)})::text as row from ${quoted(name)} ${where} order by 1`,
      );
      found[name] = rows.map(({ row }) => row);
    }
    return found;
  } finally {
    await client.end();
  }
}

/** Lets another key than the registry's sign a backup. The way back is to write what is returned. */
export async function forgeSignature(manifestFile: string): Promise<string> {
  const text = await readFile(manifestFile, "utf8");
  const sealed = JSON.parse(text);
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const signed = Buffer.from(JSON.stringify(sealed.manifest));
  const forged = {
    ...sealed,
    public_key: publicKey.export({ type: "spki", format: "pem" }).toString(),
    signature: sign(null, signed, privateKey).toString("base64"),
  };
  await writeFile(manifestFile, JSON.stringify(forged));
  return text;
}
