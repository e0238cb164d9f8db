/** A restore goes into a registry that has nothing yet: it never overwrites. */
import pg from "pg";
import { RegistryError } from "#lib/errors.ts";
import { LOCK_SPACE } from "#lib/operations/worker-presence.ts";
import type { StorageDriver } from "#lib/storage/contract.ts";
import { AUDIT_FOLDER, METADATA_FOLDER } from "#lib/storage/layout.ts";
import { quoted } from "./tables.ts";

/** Its comment has the id of the backup. A schema, since an empty database has no table yet, and gets none but those of migrations. */
const MARK = "restore_under_way";

/**
 * The backup whose restore into this database was interrupted, else null. Throws `precondition_failed` for a database with rows, and
 * for a storage with records.
 */
export async function assertEmpty(
  client: pg.ClientBase,
  storage: StorageDriver,
): Promise<string | null> {
  for (const name of await listTableNames(client)) {
    const { rows } = await client.query(`select from ${quoted(name)} limit 1`);
    if (rows.length > 0)
      throw refused(
        `The database is not empty (its table ${name} has rows). A restore overwrites nothing: give it a new database, ` +
          "or move the embedded one's folder (<base_path>/postgres) away.",
      );
  }
  const { rows } = await client.query<{ id: string }>(
    "select obj_description(oid, 'pg_namespace') as id from pg_namespace where nspname = $1",
    [MARK],
  );
  const interrupted = rows[0]?.id ?? null;
  // An interrupted restore may have written the copies of the audit log's checkpoints already.
  const folders = interrupted === null ? [METADATA_FOLDER, AUDIT_FOLDER] : [METADATA_FOLDER];
  for (const folder of folders)
    for await (const key of storage.list(folder))
      throw refused(
        `The storage has records of a registry (such as ${key}). A restore overwrites nothing: move its folders ` +
          `${METADATA_FOLDER} and ${AUDIT_FOLDER} away first. Blobs may stay; those that the backup has are not copied again.`,
      );
  return interrupted;
}

export async function assertNoServer(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query(
    `select 1 from pg_locks where locktype = 'advisory' and classid = $1 and objsubid = 2
       and database = (select oid from pg_database where datname = current_database())`,
    [LOCK_SPACE],
  );
  if (rows.length > 0) throw refused("A server runs on this database. Stop it first.");
}

/** From here on no server starts until the restore, or another one in its place, has come to its end. */
export async function beginRestore(client: pg.ClientBase, id: string): Promise<void> {
  await client.query("begin");
  await client.query(`create schema if not exists ${MARK}`);
  await client.query(`comment on schema ${MARK} is ${pg.escapeLiteral(id)}`);
  await client.query("commit");
}

/** In the transaction that loads the rows; or where nothing was begun, since the backup is not whole. */
export async function endRestore(client: pg.ClientBase): Promise<void> {
  await client.query(`drop schema if exists ${MARK}`);
}

export async function recordRestore(
  client: pg.ClientBase,
  id: string,
  progress: Record<string, number>,
): Promise<void> {
  await client.query(
    `insert into operation (kind, subject, state, actor, actor_id, started_at, finished_at, progress)
     values ('restore', $1, 'done', 'system', 'system', now(), clock_timestamp(), $2::jsonb)`,
    [id, JSON.stringify(progress)],
  );
}

export async function listTableNames(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> '_prisma_migrations'
     order by relname`,
  );
  return rows.map(({ name }) => name);
}

function refused(detail: string): RegistryError {
  return new RegistryError("precondition_failed", detail);
}
