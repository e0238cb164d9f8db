import type { Database } from "#lib/db/client.ts";

export type JobCounts = { waiting: number; scheduled: number; running: number; failed: number };

/** `waiting` jobs are due, `scheduled` ones are not yet: sweeps, and next attempts. `failed` ones are given up after all attempts. */
export async function countJobs(db: Database): Promise<JobCounts> {
  const [row] = await db.$queryRaw<JobCounts[]>`
    select
      count(*) filter (where locked_at is null and attempts < max_attempts and run_at <= now())::int as waiting,
      count(*) filter (where locked_at is null and attempts < max_attempts and run_at > now())::int as scheduled,
      count(*) filter (where locked_at is not null)::int as running,
      count(*) filter (where locked_at is null and attempts >= max_attempts)::int as failed
    from graphile_worker.jobs`;
  return row ?? { waiting: 0, scheduled: 0, running: 0, failed: 0 };
}
