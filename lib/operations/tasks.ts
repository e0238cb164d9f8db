import { z } from "zod";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const nothing = z.object({});
const run = z.object({ run_id: z.string().regex(/^\d+$/) });

/** Every kind of background work with what its job carries. Handlers are in lib/job-handlers.ts. */
export const TASKS = {
  /** Re-encodes one blob where it pays. */
  "compress-blob": z.object({ sha256, standalone: z.boolean().optional() }),
  /** Queues blobs that nobody has looked at yet. */
  "compress-pending": nothing,
  /** Queues the maintenance that is due. */
  "schedule-maintenance": nothing,
  "purge-trash": nothing,
  "collect-blobs": run,
  "scrub-blobs": run,
  /** Verifies one blob again, because something that it needs has changed. */
  "check-blob": z.object({ sha256 }),
  "expire-uploads": nothing,
} as const;

export type TaskName = keyof typeof TASKS;
export type TaskPayload<Name extends TaskName> = z.infer<(typeof TASKS)[Name]>;

/** A job runs at least once: after a crash or an error it is run again, so handlers converge. */
export type JobHandlers = {
  [Name in TaskName]?: (payload: TaskPayload<Name>, signal: AbortSignal) => Promise<void>;
};

export const TASK_NAMES = Object.keys(TASKS) as TaskName[];
