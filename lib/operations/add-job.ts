import type { Database } from "#lib/db/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import type { TaskName, TaskPayload } from "./tasks.ts";

export type JobOptions = {
  /** A second job of the same key that has not begun replaces the first. */
  key?: string;
  runAt?: Date;
  /** Lower runs first; 0 without it. */
  priority?: number;
  maxAttempts?: number;
};

/** Queues a job; with a transaction it exists when, and only when, that commits. */
export async function addJob<Name extends TaskName>(
  db: Database | TransactionClient,
  task: Name,
  payload: TaskPayload<Name>,
  options: JobOptions = {},
): Promise<void> {
  const { key = null, runAt = null, priority = null, maxAttempts = null } = options;
  await db.$executeRaw`
    select 1 from graphile_worker.add_job(
      identifier := ${task}::text, payload := ${JSON.stringify(payload)}::json,
      run_at := ${runAt}::timestamptz, max_attempts := ${maxAttempts}::int,
      job_key := ${key}::text, priority := ${priority}::int)`;
}
