import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Logger, runMigrations } from "graphile-worker";
import pg from "pg";
import { DatabaseStartError } from "./database-start-error.ts";
import { SCRIPT_APPLIED, SCRIPT_LOCK } from "./migration-adapter.ts";
import { type MigrationList, NO_FILTER, withSchemaEngine } from "./schema-engine.ts";

/**
 * Replicas that start at once queue here, for as long as it takes. Inside, the engine takes Prisma's own
 * lock (72707369), for which it waits 10 s only: enough against a `prisma migrate deploy` by hand.
 */
const MIGRATION_LOCK = 7_203_117_645;
/** A migration of a large table can take long; a replica that has waited this long had better be restarted. */
const LOCK_TIMEOUT_MS = 600_000;

export const LOCKFILE = "migration_lock.toml";
/** Prisma reads the file to know which database the migrations are written for. */
export const LOCKFILE_CONTENT = 'provider = "postgresql"\n';

/**
 * Applies the migrations below `projectFolder`/prisma that the database has not seen, in order, and
 * gives their names. They are recorded in `_prisma_migrations` as `prisma migrate deploy` does, which
 * can be used on the same database. With `only` just these, for rows of an earlier release. Throws DatabaseStartError with a
 * sentence.
 */
export async function applyMigrations(
  url: string,
  projectFolder: string,
  { only = null }: { only?: ReadonlySet<string> | null } = {},
): Promise<string[]> {
  const all = await readMigrations(projectFolder);
  const isWanted = ({ path }: { path: string }) => only === null || only.has(path);
  const wanted = all.migrationDirectories.filter(isWanted);
  const migrations = { ...all, migrationDirectories: wanted };
  const schema = await readSchema(projectFolder);
  const lock = new pg.Client({ connectionString: url, application_name: "model-registry-migrate" });
  // Without a listener a lost connection would end the process; the query reports it anyway.
  lock.on("error", () => undefined);
  try {
    await lock.connect();
  } catch (cause) {
    throw new DatabaseStartError(`The database cannot be reached: ${reasonOf(cause)}`, { cause });
  }
  try {
    await lock.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await lock.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
    await assertNotNewer(lock, all);
    await settleInterrupted(lock);
    const input = { migrationsList: migrations, filters: NO_FILTER };
    const outcome = await withSchemaEngine(url, schema, (engine) => engine.applyMigrations(input));
    // The job queue keeps its tables in a schema of its own.
    await runMigrations({ connectionString: url, logger: new Logger(() => () => undefined) });
    return outcome.appliedMigrationNames;
  } catch (cause) {
    if (cause instanceof DatabaseStartError) throw cause;
    throw new DatabaseStartError(`The database cannot be brought up to date: ${reasonOf(cause)}`, {
      cause,
    });
  } finally {
    // Ending the session gives the lock back.
    await lock.end().catch(() => undefined);
  }
}

/** Migrations that are not here come from a later release, whose rows this one would misread. */
async function assertNotNewer(lock: pg.Client, { migrationDirectories }: MigrationList) {
  const known = new Set(migrationDirectories.map(({ path }) => path));
  const unknown = (await readRecords(lock)).find(({ name }) => !known.has(name));
  if (unknown === undefined) return;
  throw new DatabaseStartError(
    `The database is newer than this server: it has the migration ${unknown.name}, which this release does not know. ` +
      "Start the release that the database was last used with, or a later one. There is no way back to an older release but " +
      "a backup that was made by it (docs/upgrading.md).",
  );
}

/**
 * A process that died in the middle of a migration leaves a record without an end. A script happens completely or not at all, and says
 * in its own transaction that it has happened: so the record is ended, or removed. PostgreSQL may still be at it.
 */
async function settleInterrupted(lock: pg.Client): Promise<void> {
  const unfinished = (await readRecords(lock)).filter(({ is_finished }) => !is_finished);
  if (unfinished.length === 0) return;
  await lock.query("SELECT pg_advisory_lock($1), pg_advisory_unlock($1)", [SCRIPT_LOCK]);
  await lock.query(
    `UPDATE _prisma_migrations SET finished_at = now(), applied_steps_count = 1, logs = NULL
     WHERE finished_at IS NULL AND rolled_back_at IS NULL AND logs = $1`,
    [SCRIPT_APPLIED],
  );
  // One that has failed by itself says why in its logs, and stays.
  await lock.query(
    "DELETE FROM _prisma_migrations WHERE finished_at IS NULL AND rolled_back_at IS NULL AND logs IS NULL",
  );
}

async function readRecords(lock: pg.Client): Promise<{ name: string; is_finished: boolean }[]> {
  const { rows } = await lock.query("SELECT to_regclass('_prisma_migrations') AS found");
  if (rows[0]?.found === null) return [];
  const records = await lock.query<{ name: string; is_finished: boolean }>(
    `SELECT migration_name AS name, finished_at IS NOT NULL AS is_finished
     FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY migration_name`,
  );
  return records.rows;
}

/** The migrations as the engine wants them; folder names sort by their time stamps. */
export async function readMigrations(projectFolder: string): Promise<MigrationList> {
  const baseDir = join(projectFolder, "prisma", "migrations");
  const entries = await readdir(baseDir, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const lockfile = await readFile(join(baseDir, LOCKFILE), "utf8").catch(() => LOCKFILE_CONTENT);
  return {
    baseDir,
    lockfile: { path: LOCKFILE, content: lockfile },
    shadowDbInitScript: "",
    migrationDirectories: await Promise.all(
      names.sort().map(async (name) => ({
        path: name,
        migrationFile: {
          path: "migration.sql",
          content: {
            tag: "ok" as const,
            value: await readFile(join(baseDir, name, "migration.sql"), "utf8"),
          },
        },
      })),
    ),
  };
}

/** Path and text of the Prisma schema. */
export async function readSchema(projectFolder: string): Promise<[string, string]> {
  const path = join(projectFolder, "prisma", "schema.prisma");
  return [path, await readFile(path, "utf8")];
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
