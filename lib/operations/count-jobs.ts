import type { Database } from "#lib/db/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";

export type JobCounts = {
  waiting: number;
  scheduled: number;
  running: number;
  failed: number;
  /** How long the one that has waited longest has been due; 0 when none waits. */
  oldestSeconds: number;
};

/** `waiting` jobs are due, `scheduled` ones are not yet: sweeps, and next attempts. `failed` ones are given up after all attempts. */
export async function countJobs(db: Database | TransactionClient): Promise<JobCounts> {
  const [row] = await db.$queryRaw<JobCounts[]>`
    select
      count(*) filter (where locked_at is null and attempts < max_attempts and run_at <= now())::int as waiting,
      count(*) filter (where locked_at is null and attempts < max_attempts and run_at > now())::int as scheduled,
      count(*) filter (where locked_at is not null)::int as running,
      count(*) filter (where locked_at is null and attempts >= max_attempts)::int as failed,
      coalesce(extract(epoch from now() - min(run_at)
        filter (where locked_at is null and attempts < max_attempts and run_at <= now())), 0)::float8 as "oldestSeconds"
    from graphile_worker.jobs`;
  return row ?? { waiting: 0, scheduled: 0, running: 0, failed: 0, oldestSeconds: 0 };
}
