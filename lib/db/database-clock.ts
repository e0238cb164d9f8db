/**
 * The clock of the database, the only one that all replicas share: it decides what is freed, expires or is due. A
 * statement that decides uses it where it can (`now()`, and `clock_timestamp()` for a time that must not be that of
 * the transaction's start).
 */
import type { Database } from "./client.ts";
import { Prisma } from "./generated/client.ts";
import type { TransactionClient } from "./transaction.ts";

/** The time at this moment, not that at which the transaction began. */
export async function databaseNow(db: Database | TransactionClient): Promise<Date> {
  const [row] = await db.$queryRaw<{ now: Date }[]>`select clock_timestamp() as now`;
  if (row === undefined) throw new Error("the database tells no time");
  return row.now;
}

/** A span of time in SQL, to be added to the database's clock. */
export function millis(ms: number): Prisma.Sql {
  return Prisma.sql`${ms}::float8 * interval '1 millisecond'`;
}
