import { execFile, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../tests/support/postgres.ts";
import { applyMigrations, readMigrations, readSchema } from "./migrate.ts";
import { NO_FILTER, withSchemaEngine } from "./schema-engine.ts";

const projectFolder = resolve(import.meta.dirname, "..", "..");
let database: TestDatabase;
let project: string;
beforeEach(async () => {
  database = await createTestDatabase("empty");
  project = await mkdtemp(join(tmpdir(), "migrate-test-"));
  await cp(join(projectFolder, "prisma"), join(project, "prisma"), { recursive: true });
});
afterEach(async () => {
  await database.drop();
  await rm(project, { recursive: true, force: true });
});

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function addMigration(name: string, sql: string): Promise<void> {
  const folder = join(project, "prisma", "migrations", name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "migration.sql"), sql);
}

const shipped = async () =>
  (await readdir(join(projectFolder, "prisma", "migrations")))
    .filter((name) => /^\d/.test(name))
    .sort();

describe("applyMigrations", () => {
  it("applies every migration to an empty database and records it as Prisma does", async () => {
    expect(await applyMigrations(database.url, project)).toEqual(await shipped());
    const rows = await query(
      "SELECT migration_name, finished_at, length(checksum) AS checksum FROM _prisma_migrations",
    );
    expect(rows.map((row) => row.migration_name).sort()).toEqual(await shipped());
    expect(rows.every((row) => row.finished_at !== null && row.checksum === 64)).toBe(true);
  });

  it("does nothing the second time", async () => {
    await applyMigrations(database.url, project);
    expect(await applyMigrations(database.url, project)).toEqual([]);
  });

  it("applies each migration once when three replicas start together", async () => {
    const starts = [1, 2, 3].map(() => applyMigrations(database.url, project));
    const applied = await Promise.all(starts);
    expect(applied.flat().sort()).toEqual(await shipped());
    expect(await query("SELECT 1 FROM _prisma_migrations")).toHaveLength(applied.flat().length);
  });

  it("hands a script to PostgreSQL as a whole, functions with semicolons included", async () => {
    await addMigration(
      "29990101000000_function",
      `CREATE FUNCTION answer() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'a;b'; END $$;
       CREATE TABLE note AS SELECT answer() AS text;`,
    );
    await applyMigrations(database.url, project);
    expect(await query("SELECT text FROM note")).toEqual([{ text: "a;b" }]);
  });

  it("leaves nothing of a migration that fails, and names it", async () => {
    await addMigration("29990101000000_broken", "CREATE TABLE half (id int); SELECT 1/0;");
    await expect(applyMigrations(database.url, project)).rejects.toThrow(/29990101000000_broken/);
    expect(await query("SELECT to_regclass('half') AS found")).toEqual([{ found: null }]);
    await expect(applyMigrations(database.url, project)).rejects.toThrow(/failed migrations/);
  });

  it("refuses a database that is newer than the server, and changes nothing", async () => {
    await addMigration("29990101000000_later", "CREATE TABLE later (id int);");
    await applyMigrations(database.url, project);
    await rm(join(project, "prisma", "migrations", "29990101000000_later"), { recursive: true });
    await addMigration("29980101000000_other", "CREATE TABLE other (id int);");
    await expect(applyMigrations(database.url, project)).rejects.toThrow(
      /^The database is newer than this server: it has the migration 29990101000000_later/,
    );
    expect(await query("SELECT to_regclass('other') AS found")).toEqual([{ found: null }]);
  });

  describe("after kill -9 in the middle of a migration", () => {
    /** Runs the migrations in a process of its own, which is killed while PostgreSQL is at the last one. */
    async function killInMigration(): Promise<void> {
      await applyMigrations(database.url, project);
      await addMigration(
        "29990101000000_slow",
        "CREATE TABLE slow AS SELECT 1 AS id; SELECT pg_sleep(2);",
      );
      const child = spawn(
        process.execPath,
        [
          "--input-type=module-typescript",
          "--eval",
          `import { applyMigrations } from ${JSON.stringify(join(import.meta.dirname, "migrate.ts"))};
           await applyMigrations(${JSON.stringify(database.url)}, ${JSON.stringify(project)});`,
        ],
        { stdio: ["ignore", "ignore", "inherit"], cwd: projectFolder },
      );
      const sleeping =
        "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
      await expect.poll(() => query(sleeping), { timeout: 30_000, interval: 20 }).toHaveLength(1);
      child.kill("SIGKILL");
      await new Promise((ended) => child.once("exit", ended));
    }
    const records = () =>
      query(
        "SELECT finished_at IS NOT NULL AS finished, logs FROM _prisma_migrations WHERE migration_name LIKE '%slow'",
      );

    it("the next start waits for PostgreSQL, which ends what it was sent", async () => {
      await killInMigration();
      expect(await applyMigrations(database.url, project)).toEqual([]);
      expect(await query("SELECT id FROM slow")).toEqual([{ id: 1 }]);
      expect(await records()).toEqual([{ finished: true, logs: null }]);
    });

    it("the next start applies what was rolled back", async () => {
      await killInMigration();
      await query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()",
      );
      expect(await applyMigrations(database.url, project)).toEqual(["29990101000000_slow"]);
      expect(await query("SELECT id FROM slow")).toEqual([{ id: 1 }]);
      expect(await records()).toMatchObject([{ finished: true }]);
    });
  });

  it("leaves no connection behind", async () => {
    await applyMigrations(database.url, project);
    const sql =
      "SELECT count(*)::int AS open FROM pg_stat_activity WHERE datname = current_database()";
    await expect.poll(() => query(sql)).toEqual([{ open: 1 }]);
  });

  it("leaves nothing that a command would wait for at its end", async () => {
    const migrate = JSON.stringify(resolve(import.meta.dirname, "migrate.ts"));
    const script = `const { applyMigrations } = await import(${migrate});
      await applyMigrations(${JSON.stringify(database.url)}, ${JSON.stringify(project)});
      console.log(process.getActiveResourcesInfo().includes("Timeout"));`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...["--input-type=module", "--eval", script],
    ]);
    expect(stdout.trim()).toBe("false");
  });

  it("says so when the database is not there", async () => {
    await expect(applyMigrations("postgresql://u:p@127.0.0.1:1/x", project)).rejects.toThrow(
      /^The database cannot be reached: /,
    );
  });
});

describe("the shipped migrations", () => {
  it("make every table and column that prisma/schema.prisma describes", async () => {
    const [path, content] = await readSchema(projectFolder);
    const migrations = await readMigrations(projectFolder);
    const difference = await withSchemaEngine(database.url, [path, content], (engine) =>
      engine.diff({
        from: { tag: "migrations", ...migrations },
        to: { tag: "schemaDatamodel", files: [{ path, content }] },
        script: true,
        shadowDatabaseUrl: null,
        exitCode: null,
        filters: NO_FILTER,
      }),
    );
    // Indexes that Prisma cannot describe are written by hand, so it would drop them.
    const statements = (difference.stdout ?? "")
      .split("\n")
      .filter((line) => line.trim() !== "" && !/^(--|DROP INDEX )/.test(line));
    expect(statements).toEqual([]);
  });
});
