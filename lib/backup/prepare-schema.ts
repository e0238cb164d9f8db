import type pg from "pg";
import { applyMigrations, readMigrations } from "#lib/db/migrate.ts";
import { RegistryError } from "#lib/errors.ts";
import { listTableNames } from "./empty-registry.ts";
import { listMigrations, quoted } from "./tables.ts";

type Place = { client: pg.ClientBase; url: string; projectFolder: string };

/**
 * Whether this release has later migrations than those of a backup. Throws `unavailable` for a backup of a release that is newer
 * than this one.
 */
export async function compareMigrations(
  projectFolder: string,
  migrations: readonly string[],
): Promise<{ hasLater: boolean }> {
  const { migrationDirectories } = await readMigrations(projectFolder);
  const known = new Set(migrationDirectories.map(({ path }) => path));
  const unknown = migrations.find((name) => !known.has(name));
  if (unknown === undefined) return { hasLater: known.size > migrations.length };
  throw new RegistryError(
    "unavailable",
    `The backup was made by a newer release (its migration ${unknown} is unknown here). Use that release or a later one.`,
  );
}

/** Gives an empty database the tables that the rows of a backup are for: the migrations of that time, and no later ones. */
export async function prepareSchema(
  { client, url, projectFolder }: Place,
  migrations: readonly string[],
): Promise<void> {
  const wanted = new Set(migrations);
  const applied = (await hasMigrations(client)) ? await listMigrations(client) : [];
  if (applied.some((name) => !wanted.has(name))) await dropTables(client);
  await applyMigrations(url, projectFolder, { only: wanted });
}

async function hasMigrations(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query(
    "select to_regclass('_prisma_migrations') is not null as found",
  );
  return rows[0]?.found === true;
}

/** Of a database whose tables were found to be empty. */
async function dropTables(client: pg.ClientBase): Promise<void> {
  const names = ["_prisma_migrations", ...(await listTableNames(client))];
  await client.query(`drop table ${names.map(quoted).join(", ")} cascade`);
  const { rows } = await client.query<{ signature: string }>(
    `select p.oid::regprocedure::text as signature from pg_proc as p
     where p.pronamespace = 'public'::regnamespace
       and not exists (select from pg_depend where objid = p.oid and deptype = 'e')`,
  );
  for (const { signature } of rows) await client.query(`drop function ${signature}`);
}
