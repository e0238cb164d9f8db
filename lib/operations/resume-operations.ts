import type { Ctx } from "#lib/context.ts";
import { QUEUED_KINDS, type QueuedKind } from "./schema.ts";
import { queueOperation } from "./store.ts";

/**
 * Queues operations again that nobody will go on with. One that runs without a job that is being worked on was
 * interrupted, and does not wait for the queue's next attempt: those pauses would grow to hours. One that waits keeps its job,
 * which knows when the next attempt is due.
 */
export async function resumeOperations(ctx: Ctx): Promise<void> {
  const rows = await ctx.db.$queryRaw<{ id: bigint; kind: QueuedKind }[]>`
    select id, kind from operation
    where state in ('queued', 'running') and kind = any(${[...QUEUED_KINDS]}::text[])
      and not exists (
        select from graphile_worker.jobs as job
        where job.key = 'operation:' || operation.id
          and (job.locked_at is not null
            or (job.attempts < job.max_attempts
              and (operation.state = 'queued' or job.run_at <= now()))))`;
  for (const row of rows) await queueOperation(ctx.db, row);
}
