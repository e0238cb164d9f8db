/**
 * Tells which processes that work on the queue are alive. A job of one that died stays locked for four hours, which
 * is meant for those that cannot be asked. Ours can: each holds an advisory lock of PostgreSQL, which goes with its
 * connection.
 */
import pg from "pg";
import type { Database } from "#lib/db/client.ts";

/** The first half of our advisory locks' keys; the second is made of the name that locks the jobs. */
export const LOCK_SPACE = 7_203_115;

/** Whether any process works on the queue, this one included. */
export async function hasWorkers(db: Database): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`
    select 1 from pg_locks where locktype = 'advisory' and classid::bigint = ${LOCK_SPACE} and objsubid = 2
      and database = (select oid from pg_database where datname = current_database()) limit 1`;
  return rows.length > 0;
}

export class WorkerPresence {
  readonly #client: pg.Client;
  /** Lanes announce themselves at the same time; a connection takes one query at a time. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(connectionString: string, onError: (error: Error) => void) {
    this.#client = new pg.Client({ connectionString, keepAlive: true });
    this.#client.on("error", onError);
  }

  async open(): Promise<void> {
    await this.#client.connect();
  }

  /** `holder` is what the queue writes into `locked_by`. Before its first job. */
  async announce(holder: string): Promise<void> {
    await this.#query("select pg_advisory_lock($1, hashtext($2))", [LOCK_SPACE, holder]);
  }

  /** Lets the jobs of the dead run again; gives how many had some. */
  async releaseJobsOfTheDead(): Promise<number> {
    // Reads the locks instead of trying them: a trial by one replica would look like life to another.
    const { rows } = await this.#query<{ locked_by: string }>(
      `with holders as materialized (
         select distinct locked_by from graphile_worker.jobs
         where locked_by is not null
       )
       select locked_by from holders where not exists (
         select 1 from pg_locks where locktype = 'advisory' and classid = $1 and objsubid = 2
           and objid::bigint = hashtext(locked_by)::bigint & 4294967295
           and database = (select oid from pg_database where datname = current_database()))`,
      [LOCK_SPACE],
    );
    const dead = rows.map((row) => row.locked_by);
    if (dead.length > 0)
      await this.#query("select graphile_worker.force_unlock_workers($1::text[])", [dead]);
    return dead.length;
  }

  async close(): Promise<void> {
    await this.#client.end();
  }

  #query<Row extends pg.QueryResultRow>(
    sql: string,
    values: unknown[],
  ): Promise<pg.QueryResult<Row>> {
    const answer = this.#last.then(() => this.#client.query<Row>(sql, values));
    this.#last = answer.catch(() => undefined);
    return answer;
  }
}
