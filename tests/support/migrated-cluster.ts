/**
 * A database cluster with the migrations applied, made once and copied into the data folders of tests: initdb and the
 * migrations would cost each start of a server two seconds of a core.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { startEmbeddedPostgres } from "../../lib/db/embedded.ts";
import { applyMigrations, readMigrations } from "../../lib/db/migrate.ts";

const projectFolder = resolve(import.meta.dirname, "..", "..");
/** What makes a cluster another one, beside the migrations: PostgreSQL and the job queue with its own tables. */
const LOCK_FILE = join(projectFolder, "package-lock.json");

let made: Promise<string> | null = null;

/** Puts the cluster where a server with `dataFolder` looks for its own. */
export async function placeMigratedCluster(dataFolder: string): Promise<void> {
  made ??= ensureMigratedCluster();
  await mkdir(dataFolder, { recursive: true, mode: 0o711 });
  await copyFolder(await made, join(dataFolder, "postgres"));
}

async function ensureMigratedCluster(): Promise<string> {
  const { migrationDirectories } = await readMigrations(projectFolder);
  const key = createHash("sha256")
    .update(JSON.stringify(migrationDirectories))
    .update(await readFile(LOCK_FILE))
    .digest("hex")
    .slice(0, 16);
  const clusters = join(projectFolder, ".cache", "test-clusters");
  const folder = join(clusters, key);
  if (await isFolder(folder)) return folder;
  const maker = await mkdtemp(join(tmpdir(), "registry-cluster-"));
  // PostgreSQL runs as another user when root runs the tests.
  await chmod(maker, 0o711);
  try {
    const postgres = await startEmbeddedPostgres({ dataFolder: maker, log: () => undefined });
    await applyMigrations(postgres.url, projectFolder).finally(() => postgres.stop());
    await mkdir(clusters, { recursive: true });
    const unfinished = await mkdtemp(join(clusters, "unfinished-"));
    await copyFolder(join(maker, "postgres"), join(unfinished, key));
    // Another process may have made it meanwhile: its cluster is as good.
    await rename(join(unfinished, key), folder).catch(() => undefined);
    await rm(unfinished, { recursive: true, force: true });
  } finally {
    await rm(maker, { recursive: true, force: true });
  }
  return folder;
}

/** With owners and modes, which Node's own copy leaves behind. */
async function copyFolder(from: string, to: string): Promise<void> {
  await promisify(execFile)("cp", ["-a", "--reflink=auto", from, to]);
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
