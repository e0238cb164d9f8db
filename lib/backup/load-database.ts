/** Brings the rows of a backup into a database. */
import type pg from "pg";
import { backupTableKey } from "#lib/storage/backup-layout.ts";
import type { Manifest } from "./manifest.ts";
import { loadRows } from "./rows-file.ts";
import { settleRows } from "./settle-rows.ts";
import { columnList, inOrder, listTables, quoted } from "./tables.ts";
import type { BackupTarget } from "./target.ts";

type LoadInput = {
  manifest: Manifest;
  signal: AbortSignal;
  /** False leaves the rows as they are in the backup. */
  isSettled?: boolean;
};

/**
 * All rows in the caller's transaction. The database has the migrations of the backup, and its tables are empty. Triggers are
 * off, since what they would add is in the backup; foreign keys, checks and unique indexes are on, so that what was loaded is
 * whole.
 */
export async function loadDatabase(
  client: pg.ClientBase,
  target: BackupTarget,
  { manifest, signal, isSettled = true }: LoadInput,
): Promise<void> {
  const wanted = new Map(manifest.tables.map((table) => [table.name, table]));
  const tables = (await listTables(client)).filter(({ name }) => wanted.has(name));
  const unknown = manifest.tables.find(({ name }) => !tables.some((table) => table.name === name));
  if (unknown) throw new Error(`The database has no table ${unknown.name}.`);
  for (const { name } of tables)
    await client.query(`alter table ${quoted(name)} disable trigger user`);
  for (const { name } of inOrder(tables.map((table) => withoutOthers(table, wanted)))) {
    signal.throwIfAborted();
    const { columns, rows, bytes, sha256 } = wanted.get(name) as Manifest["tables"][number];
    const copy = `copy ${quoted(name)} (${columnList(columns)}) from stdin`;
    const file = { key: backupTableKey(manifest.id, name), rows: { rows, bytes, sha256 } };
    await loadRows(client, copy, target, file);
  }
  for (const { name, last_value, is_called } of manifest.sequences)
    await client.query("select setval($1::regclass, $2::bigint, $3)", [
      quoted(name),
      last_value,
      is_called,
    ]);
  if (isSettled) await settleRows(client, manifest);
  for (const { name } of tables)
    await client.query(`alter table ${quoted(name)} enable trigger user`);
}

/** A table that is left out has no rows, and so comes before nothing. */
function withoutOthers<T extends { refersTo: string[] }>(
  table: T,
  wanted: ReadonlyMap<string, unknown>,
): T {
  return { ...table, refersTo: table.refersTo.filter((name) => wanted.has(name)) };
}
