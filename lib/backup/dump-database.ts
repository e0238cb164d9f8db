import pg from "pg";
import { RegistryError } from "#lib/errors.ts";
import { backupTableKey } from "#lib/storage/backup-layout.ts";
import { COPY_BLOBS, SELECT_BLOBS } from "./blob-list.ts";
import { blobListKey, type Manifest, type Rows } from "./manifest.ts";
import { stageRows } from "./rows-file.ts";
import { columnList, isExcluded, listMigrations, listTables, quoted } from "./tables.ts";
import type { BackupTarget, StagedFile } from "./target.ts";

/** Of two backups at once, which the operations rule out, the second one would wait for nothing: it is refused. */
const BACKUP_LOCK = 7_203_117_646;

export type Dump = Pick<
  Manifest,
  "created_at" | "database" | "migrations" | "tables" | "excluded" | "sequences"
> & { blobs: Pick<Manifest["blobs"], "rows" | "bytes" | "sha256" | "size_bytes"> };

/**
 * Runs `work` with a connection of its own, without limits of time, that no other backup of this database has. Throws
 * `run_in_progress`.
 */
export async function withBackupConnection<T>(
  url: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "model-registry-backup",
    keepAlive: true,
  });
  // A lost connection is reported by the query that waits for it.
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query("select pg_try_advisory_lock($1) as is_mine", [
      BACKUP_LOCK,
    ]);
    if (rows[0]?.is_mine !== true)
      throw new RegistryError("run_in_progress", "A backup is running already.");
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Every table of the registry and the list of its blobs as of one moment, in files of the backup `id`. */
export async function dumpDatabase(
  client: pg.ClientBase,
  target: BackupTarget,
  id: string,
  signal: AbortSignal,
): Promise<Dump> {
  await client.query("begin isolation level repeatable read read only");
  try {
    const dump = await dumpSnapshot(client, target, id, signal);
    await client.query("commit");
    return dump;
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  }
}

/** The same in a transaction that the caller has begun. */
export async function dumpSnapshot(
  client: pg.ClientBase,
  target: BackupTarget,
  id: string,
  signal: AbortSignal,
): Promise<Dump> {
  const files: StagedFile[] = [];
  try {
    const dump = await stageSnapshot({ client, target, id, files }, signal);
    // All at once: a disk makes many files durable in the time of one.
    await Promise.all(files.map((file) => file.commit()));
    return dump;
  } catch (error) {
    await Promise.all(files.map((file) => file.abort()));
    throw error;
  }
}

type Staging = { client: pg.ClientBase; target: BackupTarget; id: string; files: StagedFile[] };

async function stageSnapshot(
  { client, target, id, files }: Staging,
  signal: AbortSignal,
): Promise<Dump> {
  const { rows } = await client.query<{ at: Date; database: string; size_bytes: string }>(
    `select now() as at, 'PostgreSQL ' || current_setting('server_version') as database,
       (select coalesce(sum(size_bytes), 0) from (${SELECT_BLOBS}) as blobs)::text as size_bytes`,
  );
  const [facts] = rows;
  if (!facts) throw new Error("the database tells no time");
  const stage = async (copy: string, key: string): Promise<Rows> => {
    const { file, ...written } = await stageRows(client, copy, target, key);
    files.push(file);
    return written;
  };
  const tables: Manifest["tables"] = [];
  const excluded: string[] = [];
  for (const { name, columns } of await listTables(client)) {
    signal.throwIfAborted();
    if (isExcluded(name)) {
      excluded.push(name);
      continue;
    }
    const copy = `copy ${quoted(name)} (${columnList(columns)}) to stdout`;
    tables.push({ name, columns, ...(await stage(copy, backupTableKey(id, name))) });
  }
  const list = await stage(COPY_BLOBS, blobListKey(id));
  return {
    created_at: facts.at.toISOString(),
    database: facts.database,
    migrations: await listMigrations(client),
    tables,
    excluded,
    sequences: await readSequences(client),
    blobs: { ...list, size_bytes: Number(facts.size_bytes) },
  };
}

/** Sequences know no snapshot; read after the rows, they are beyond every number in them. */
async function readSequences(client: pg.ClientBase): Promise<Manifest["sequences"]> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind = 'S' order by relname`,
  );
  const sequences: Manifest["sequences"] = [];
  for (const { name } of rows) {
    const { rows: found } = await client.query<{ last_value: string; is_called: boolean }>(
      `select last_value::text, is_called from ${quoted(name)}`,
    );
    sequences.push(...found.map((row) => ({ name, ...row })));
  }
  return sequences;
}
