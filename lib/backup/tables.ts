/** Which tables a backup has, read from the database itself, so that a new table is never forgotten. */
import type pg from "pg";

export type Table = { name: string; columns: string[]; refersTo: string[] };

/**
 * Rows that are not backed up. Transfers, and files that no version has: their bytes are not. The two of the compressed form: a
 * restored registry has raw blobs. Sessions, links and limits: whoever restores an old copy must not let anybody in by them. Holds
 * are of processes, what agents report is of a moment, and what was measured is of the servers and the disk that there were.
 * Deliveries: what waited to be sent has been sent since, or is of the past.
 */
export const EXCLUDED = [
  "upload",
  "upload_part",
  "artifact",
  "blob_source",
  "piece",
  "session",
  "one_time_link",
  "rate_limit",
  "backup_hold",
  "cluster_report",
  "monitoring_sample",
  "monitoring_server",
  "delivery",
] as const;
/** Prisma's own: a restore applies the migrations instead. */
const MIGRATIONS = "_prisma_migrations";

/** The registry's tables in an order in which each comes after those that it refers to. */
export async function listTables(client: pg.ClientBase): Promise<Table[]> {
  const { rows } = await client.query<Table>(
    `select t.relname as name,
       array(select a.attname::text from pg_attribute as a
             where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
             order by a.attnum) as columns,
       array(select distinct r.relname::text from pg_constraint as c join pg_class as r on r.oid = c.confrelid
             where c.conrelid = t.oid and c.contype = 'f' and c.confrelid <> t.oid) as "refersTo"
     from pg_class as t
     where t.relnamespace = 'public'::regnamespace and t.relkind = 'r' and t.relname <> $1
     order by t.relname`,
    [MIGRATIONS],
  );
  return inOrder(rows);
}

export function isExcluded(name: string): boolean {
  return (EXCLUDED as readonly string[]).includes(name);
}

/** Throws where tables refer to each other in a circle: no order could load them. */
export function inOrder(tables: readonly Table[]): Table[] {
  const ordered: Table[] = [];
  const placed = new Set<string>();
  while (ordered.length < tables.length) {
    const next = tables.filter(
      ({ name, refersTo }) => !placed.has(name) && refersTo.every((other) => placed.has(other)),
    );
    if (next.length === 0) throw new Error("Tables refer to each other in a circle.");
    for (const table of next) {
      ordered.push(table);
      placed.add(table.name);
    }
  }
  return ordered;
}

export async function listMigrations(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ migration_name: string }>(
    `select migration_name from ${MIGRATIONS}
     where finished_at is not null and rolled_back_at is null order by migration_name`,
  );
  return rows.map((row) => row.migration_name);
}

/** For a name that the database or a checked manifest has. */
export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

export const columnList = (columns: readonly string[]) => columns.map(quoted).join(", ");
