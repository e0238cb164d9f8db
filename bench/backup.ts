/**
 * Backups and restores of 2 GiB in 32 blobs, against `cp` of the same bytes that waits for the disk as they do; and a second backup of
 * 10,000 blobs of which none is new.
 */
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import pg from "pg";
import { SYSTEM } from "../lib/access/actor.ts";
import { BackupTargets } from "../lib/backup/backup-targets.ts";
import { restoreBackup } from "../lib/backup/restore-backup.ts";
import { runBackup } from "../lib/backup/run-backup.ts";
import { composeServices, type Services } from "../lib/compose.ts";
import type { Config } from "../lib/config/config.ts";
import { loadConfig } from "../lib/config/load-config.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../lib/db/embedded.ts";
import { applyMigrations } from "../lib/db/migrate.ts";
import { blobKey } from "../lib/storage/layout.ts";
import { openStorage } from "../lib/storage/open-storage.ts";
import { median, type Row, roundsOr } from "./support/statistics.ts";
import { recycleMemory } from "./support/workplace.ts";

const projectFolder = resolve(import.meta.dirname, "..");
const LARGE = { blobs: 32, bytes: 64 * 1024 ** 2 };
const SMALL = { blobs: 10_000, bytes: 4096 };
const ROUNDS = roundsOr(3);
const BACKUP_BUDGET = 0.7;
const RESTORE_BUDGET = 0.5;
const NOTHING_NEW_BUDGET_S = 2;
const { signal } = new AbortController();

export async function benchBackup(folder: string): Promise<Row[]> {
  const postgres = await startEmbeddedPostgres({ dataFolder: folder, log: () => undefined });
  try {
    return [...(await benchLarge(folder, postgres)), await benchNothingNew(folder, postgres)];
  } finally {
    await postgres.stop();
  }
}

async function benchLarge(folder: string, postgres: EmbeddedPostgres): Promise<Row[]> {
  const source = await fill(folder, postgres, "large", LARGE);
  const times = { cp: [] as number[], backup: [] as number[], restore: [] as number[] };
  try {
    for (let round = 0; round <= ROUNDS; round += 1) {
      await recycleMemory(folder, LARGE.blobs * LARGE.bytes);
      const cp = await timed(async () => copyDurably(source.folder, join(folder, "copied")));
      await rm(join(folder, "copied"), { recursive: true });
      await rm(source.target, { recursive: true, force: true });
      await mkdir(source.target);
      await recycleMemory(folder, LARGE.blobs * LARGE.bytes);
      const backup = await timed(() => source.backUp());
      const empty = await emptyRegistry(folder, postgres, source, `restored_${round}`);
      await recycleMemory(folder, LARGE.blobs * LARGE.bytes);
      const restore = await timed(empty.restore);
      await rm(empty.folder, { recursive: true });
      if (round === 0) continue;
      times.cp.push(cp);
      times.backup.push(backup);
      times.restore.push(restore);
    }
  } finally {
    await source.close();
  }
  const [cp, backup, restore] = [times.cp, times.backup, times.restore].map(median) as [
    number,
    number,
    number,
  ];
  return [
    row("backup of 2 GiB in new blobs", backup, cp, BACKUP_BUDGET),
    row("restore of 2 GiB, checked before", restore, cp, RESTORE_BUDGET),
  ];
}

async function benchNothingNew(folder: string, postgres: EmbeddedPostgres): Promise<Row> {
  const source = await fill(folder, postgres, "small", SMALL);
  try {
    const first = await timed(() => source.backUp());
    const seconds: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1)
      seconds.push(await timed(() => source.backUp()));
    const measured = median(seconds);
    return {
      work: `backup of ${SMALL.blobs} blobs, none of them new`,
      measured: `${measured.toFixed(2)} s`,
      baseline: `${first.toFixed(2)} s when all were new`,
      ratio: "",
      budget: `< ${NOTHING_NEW_BUDGET_S} s`,
      isKept: measured < NOTHING_NEW_BUDGET_S,
    };
  } finally {
    await source.close();
  }
}

function row(work: string, ours: number, cp: number, budget: number): Row {
  const ratio = cp / ours;
  return {
    work,
    measured: `${ours.toFixed(2)} s`,
    baseline: `cp ${cp.toFixed(2)} s`,
    ratio: ratio.toFixed(2),
    budget: `>= ${budget}`,
    isKept: ratio >= budget,
  };
}

type Source = Awaited<ReturnType<typeof fill>>;

/** A registry with one version that has all the blobs. */
async function fill(
  folder: string,
  postgres: EmbeddedPostgres,
  name: string,
  { blobs, bytes }: { blobs: number; bytes: number },
) {
  const config = await newConfig(folder, postgres, name);
  await applyMigrations(config.database.url ?? "", projectFolder);
  const services = await composeServices(config, { background: false });
  const digests: string[] = [];
  for (let index = 0; index < blobs; index += 1) {
    const content = randomBytes(bytes);
    const digest = createHash("sha256").update(content).digest("hex");
    const path = join(config.storage.basePath, blobKey(digest));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    digests.push(digest);
  }
  await insertRows(config, digests, bytes);
  return {
    config,
    folder: join(config.storage.basePath, "blobs"),
    target: join(folder, `${name}-backups`),
    backUp: () => backUp(services),
    close: () => services.close(),
  };
}

async function backUp(services: Services): Promise<void> {
  const ctx = services.createContext({ requestId: null, address: null, actor: SYSTEM });
  await runBackup(ctx, { signal, save: async () => undefined, isAwaited: true });
}

async function insertRows(config: Config, digests: string[], bytes: number): Promise<void> {
  await withClient(config.database.url ?? "", async (client) => {
    await client.query(
      "insert into blob (digest, size_bytes, stored_bytes) select unnest($1::text[]), $2, $2",
      [digests, bytes],
    );
    await client.query(
      "insert into model (name, name_key, owner, created_by) values ('net', 'net', 'bench', 'bench')",
    );
    await client.query(
      `insert into version (model_id, number, version, precedence, is_prerelease, digest, framework, format, size_bytes,
       stored_bytes, verdict, created_by)
     select id, 1, '1.0.0', '1', false, repeat('0', 64), 'other', 'unknown', 0, 0, 'clean', 'bench' from model`,
    );
    await client.query(
      `insert into file (version_id, position, path, digest, size_bytes, media_type, format, verdict)
     select version.id, n, n || '.bin', t.hex, $2, 'application/octet-stream', 'unknown', 'clean'
     from version, unnest($1::text[]) with ordinality as t(hex, n)`,
      [digests, bytes],
    );
  });
}

async function emptyRegistry(
  folder: string,
  postgres: EmbeddedPostgres,
  source: Source,
  name: string,
) {
  const config = { ...(await newConfig(folder, postgres, name)), backup: source.config.backup };
  const storage = await openStorage(config.storage);
  const ownerUrl = config.database.url ?? "";
  const restore = async () => {
    const backups = new BackupTargets(config);
    const input = { config, ownerUrl, storage, backups, projectFolder, signal };
    await restoreBackup({ ...input, id: "latest", onProgress: () => undefined });
  };
  return { folder: config.storage.basePath, restore };
}

async function newConfig(
  folder: string,
  postgres: EmbeddedPostgres,
  name: string,
): Promise<Config> {
  await withClient(postgres.url, (client) => client.query(`create database bench_${name}`));
  const url = new URL(postgres.url);
  url.pathname = `/bench_${name}`;
  const target = join(folder, `${name}-backups`);
  await mkdir(target, { recursive: true });
  return loadConfig({
    DATABASE_URL: url.href,
    MODEL_REGISTRY_STORAGE__BASE_PATH: join(folder, name),
    MODEL_REGISTRY_BACKUP__TARGET: target,
    MODEL_REGISTRY_LOG__LEVEL: "silent",
  });
}

async function withClient(url: string, work: (client: pg.Client) => Promise<unknown>) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** As durable as a backup is when it ends. */
function copyDurably(from: string, to: string): void {
  execFileSync("cp", ["-r", from, to]);
  execFileSync("sync", ["-f", to]);
}

async function timed(work: () => void | Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}
