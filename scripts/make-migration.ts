/**
 * Writes the difference between prisma/migrations and prisma/schema.prisma as a new migration:
 *
 *   node scripts/make-migration.ts add-model-owner
 *
 * A throw-away PostgreSQL replays the existing migrations. Read the SQL and add what Prisma cannot
 * describe (partial indexes, triggers) before you commit it; it never changes afterwards. Indexes that
 * earlier migrations added by hand are unknown to the schema: delete the DROP INDEX lines for them.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startEmbeddedPostgres } from "../lib/db/embedded.ts";
import { LOCKFILE, LOCKFILE_CONTENT, readMigrations, readSchema } from "../lib/db/migrate.ts";
import { NO_FILTER, withSchemaEngine } from "../lib/db/schema-engine.ts";

const projectFolder = resolve(import.meta.dirname, "..");

async function writeDifference(): Promise<string> {
  const dataFolder = await mkdtemp(join(tmpdir(), "make-migration-"));
  const server = await startEmbeddedPostgres({
    dataFolder: join(dataFolder, "data"),
    log: () => undefined,
    settings: { fsync: "off" },
  });
  try {
    const [path, content] = await readSchema(projectFolder);
    const migrations = await readMigrations(projectFolder);
    const difference = await withSchemaEngine(server.url, [path, content], (engine) =>
      engine.diff({
        from: { tag: "migrations", ...migrations },
        to: { tag: "schemaDatamodel", files: [{ path, content }] },
        script: true,
        shadowDatabaseUrl: null,
        exitCode: null,
        filters: NO_FILTER,
      }),
    );
    return difference.stdout ?? "";
  } finally {
    await server.stop();
    await rm(dataFolder, { recursive: true, force: true });
  }
}

const name = process.argv[2];
if (name === undefined || !/^[a-z0-9]+([-_][a-z0-9]+)*$/.test(name)) {
  console.error("Give the migration a name in lower case, such as add-model-owner.");
  process.exit(2);
}
const sql = await writeDifference();
if (sql.trim() === "" || /^-- This is an empty migration/.test(sql.trim())) {
  console.log("The migrations already describe the schema; nothing was written.");
  process.exit(0);
}
const stamp = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
const migrations = join(projectFolder, "prisma", "migrations");
const folder = join(migrations, `${stamp}_${name.replaceAll("-", "_")}`);
await mkdir(folder, { recursive: true });
await writeFile(join(folder, "migration.sql"), sql);
await writeFile(join(migrations, LOCKFILE), LOCKFILE_CONTENT);
console.log(`Wrote ${join(folder, "migration.sql")}`);
