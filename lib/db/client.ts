import type { Logger } from "#lib/log.ts";
import { PrismaClient } from "./generated/client.ts";
import { OrderedPrismaPg } from "./query-order.ts";
import { statementNames } from "./statement-names.ts";
import { Statements } from "./statements.ts";
import { WatchedPool } from "./watched-pool.ts";

/** Prisma, and beside it the statements that are written by hand. */
export type Database = PrismaClient & {
  readonly statements: Statements;
  /** Connections now: open, in use, callers that wait for one, and how many there may be. */
  connections(): { size: number; used: number; waiting: number; limit: number };
};

/**
 * A caller that gets no connection within this time, since others use them all, is refused (503) instead of hanging.
 */
const CONNECTION_TIMEOUT_MS = 20_000;
/** No query of the product runs this long; a stuck one must not hold its connection for ever. */
const STATEMENT_TIMEOUT_MS = 120_000;
/** Locks of an interactive transaction whose process hangs are given back after this time. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;

/**
 * The Prisma client on a pool of at most `poolSize` connections. It connects with the first query;
 * `$disconnect()` ends the pool. While the database does not answer, every query fails within seconds.
 * Throws when `url` is null: the start command starts an embedded PostgreSQL then.
 */
export function createDatabase(
  settings: { url: string | null; poolSize: number },
  log?: Logger,
): Database {
  if (settings.url === null) {
    throw new Error(
      "No database URL is set: start the server with npm start, or set DATABASE_URL.",
    );
  }
  const pool = new WatchedPool({
    connectionString: settings.url,
    max: settings.poolSize,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    application_name: "model-registry",
    keepAlive: true,
    onChange: (isSilent) =>
      log?.warn(
        { operation: "database" },
        isSilent ? "the database does not answer" : "the database answers again",
      ),
  });
  const adapter = new OrderedPrismaPg(pool, {
    disposeExternalPool: true,
    // The adapter's type wants a name always; the driver takes none for a statement that is not kept.
    statementNameGenerator: statementNames() as (query: { sql: string }) => string,
  });
  const client = new PrismaClient({ adapter });
  return Object.assign(client, {
    statements: new Statements(pool),
    connections: () => ({
      size: pool.totalCount,
      used: pool.totalCount - pool.idleCount,
      waiting: pool.waitingCount,
      limit: settings.poolSize,
    }),
  });
}
