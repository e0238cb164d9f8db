import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Logger, runMigrations } from "graphile-worker";
import pg from "pg";
import { DatabaseStartError } from "./database-start-error.ts";
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
 * can be used on the same database. Throws DatabaseStartError with a sentence.
 */
export async function applyMigrations(url: string, projectFolder: string): Promise<string[]> {
  const migrations = await readMigrations(projectFolder);
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
    const input = { migrationsList: migrations, filters: NO_FILTER };
    const outcome = await withSchemaEngine(url, schema, (engine) => engine.applyMigrations(input));
    // The job queue keeps its tables in a schema of its own.
    await runMigrations({ connectionString: url, logger: new Logger(() => () => undefined) });
    return outcome.appliedMigrationNames;
  } catch (cause) {
    throw new DatabaseStartError(`The database cannot be brought up to date: ${reasonOf(cause)}`, {
      cause,
    });
  } finally {
    // Ending the session gives the lock back.
    await lock.end().catch(() => undefined);
  }
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
