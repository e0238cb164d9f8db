import { randomUUID } from "node:crypto";
import { PrismaPg } from "@prisma/adapter-pg";
import {
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
  type SqlResultSet,
} from "@prisma/driver-adapter-utils";
import pg from "pg";

const APPLICATION_NAME = "model-registry-migrate";
/** PostgreSQL's one-byte internal type `"char"`, of which its catalogs have columns (pg_type.dat). */
const CHAR_OID = 18;
const TEXT_OID = 25;

/** Held while a script runs: also when the process that sent it is gone. */
export const SCRIPT_LOCK = 7_203_117_647;
/** What a script writes, in its own transaction, into the record of its migration. */
export const SCRIPT_APPLIED = "applied";

/** The methods that are replaced in PrismaPg's adapter; `performIO` and `onError` are not in its types. */
type Replaceable = {
  performIO(query: SqlQuery): Promise<{ fields: { dataTypeID: number }[] }>;
  queryRaw(query: SqlQuery): Promise<SqlResultSet>;
  executeScript(script: string): Promise<void>;
  onError(error: unknown): never;
};

/**
 * PrismaPg as the schema engine needs it, with three repairs (of version 7.10):
 * - it cuts scripts at every semicolon, which breaks functions and quoted text. Here a script goes to
 *   the server as a whole, in one implicit transaction: a migration happens completely or not at all;
 * - it does not know the type `"char"`, so the engine could not read a database that has constraints;
 * - its shadow database is the main one when the connection is given as a URL.
 * `close` ends all connections, and with them the engine's advisory lock.
 */
export function createMigrationAdapterFactory(
  url: string,
): SqlMigrationAwareDriverAdapterFactory & { close(): Promise<void> } {
  const pools: pg.Pool[] = [];
  const shadows: string[] = [];

  const open = async (connectionString: string): Promise<SqlDriverAdapter> => {
    const pool = new pg.Pool({ connectionString, max: 1, application_name: APPLICATION_NAME });
    pools.push(pool);
    const adapter = await new PrismaPg(pool).connect();
    const replaceable = adapter as unknown as Replaceable;
    readCharColumns(replaceable);
    replaceable.executeScript = async (script) => {
      await pool.query(withRecord(script)).catch((error: unknown) => replaceable.onError(error));
    };
    return adapter;
  };

  return {
    provider: "postgres",
    adapterName: "@prisma/adapter-pg",
    connect: () => open(url),
    async connectToShadowDb() {
      const name = `prisma_migrate_shadow_db_${randomUUID()}`;
      await runOnce(url, `CREATE DATABASE "${name}"`);
      shadows.push(name);
      const shadowUrl = new URL(url);
      shadowUrl.pathname = `/${name}`;
      return open(shadowUrl.href);
    },
    async close() {
      await Promise.all(pools.filter((pool) => !pool.ended).map((pool) => pool.end()));
      for (const name of shadows) await runOnce(url, `DROP DATABASE IF EXISTS "${name}"`);
    },
  };
}

/** So that after a kill it is known whether the script has happened (`migrate.ts`). */
function withRecord(script: string): string {
  return `SELECT pg_advisory_xact_lock(${SCRIPT_LOCK});
${script}
;
DO $applied$ BEGIN
  IF to_regclass('_prisma_migrations') IS NOT NULL THEN
    UPDATE _prisma_migrations SET logs = '${SCRIPT_APPLIED}'
    WHERE finished_at IS NULL AND rolled_back_at IS NULL;
  END IF;
END $applied$;`;
}

function readCharColumns(adapter: Replaceable): void {
  const charColumns = new WeakMap<SqlQuery, number[]>();
  const performIO = adapter.performIO.bind(adapter);
  adapter.performIO = async (query) => {
    const result = await performIO(query);
    const found = result.fields.flatMap((field, at) => (field.dataTypeID === CHAR_OID ? [at] : []));
    for (const at of found) result.fields[at] = { ...result.fields[at], dataTypeID: TEXT_OID };
    charColumns.set(query, found);
    return result;
  };
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (query) => {
    const result = await queryRaw(query);
    for (const at of charColumns.get(query) ?? []) {
      result.columnTypes[at] = ColumnTypeEnum.Character;
    }
    return result;
  };
}

async function runOnce(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: APPLICATION_NAME });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
