import { z } from "zod";
import type { Lane } from "./lanes.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const nothing = z.object({});
const rowId = z.string().regex(/^\d+$/);
/** Of tasks that carry out an operation: its row says everything else. */
const operation = z.object({ operation_id: z.string().regex(/^\d+$/) });

type Task = { lane: Lane; schema: z.ZodType };

/** Every kind of background work, its lane and what its job carries. Handlers are in lib/job-handlers.ts. */
export const TASKS = {
  /** Re-encodes one blob where it pays. */
  "compress-blob": {
    lane: "cpu",
    schema: z.object({ sha256, standalone: z.boolean().optional() }),
  },
  /** Queues blobs that nobody has looked at yet. */
  "compress-pending": { lane: "short", schema: nothing },
  /** Queues operations again whose process is gone. */
  "resume-operations": { lane: "short", schema: nothing },
  /** Queues the maintenance that is due. */
  "schedule-maintenance": { lane: "short", schema: nothing },
  /** Makes minutes and hours of the samples, and forgets old ones. */
  "roll-up-samples": { lane: "short", schema: nothing },
  "purge-trash": { lane: "io", schema: nothing },
  "remove-purged": { lane: "io", schema: operation },
  "collect-blobs": { lane: "io", schema: operation },
  "scrub-blobs": { lane: "io", schema: operation },
  /** Verifies one blob again, because something that it needs has changed. */
  "check-blob": { lane: "io", schema: z.object({ sha256 }) },
  "back-up": { lane: "backup", schema: operation },
  "verify-backup": { lane: "backup", schema: operation },
  "drill-backup": { lane: "backup", schema: operation },
  "sync-with-mlflow": { lane: "remote", schema: operation },
  /** Brings the bytes of a version from the source that it was registered by. */
  "import-version": { lane: "remote", schema: operation },
  /** Makes a version of another one, with its checkpoints in another format. */
  "convert-version": { lane: "cpu", schema: operation },
  /** Reads versions again whose verdict was made by older rules. */
  "rescan-versions": { lane: "cpu", schema: operation },
  /** Verifies the whole audit log. */
  "verify-audit": { lane: "io", schema: nothing },
  "expire-uploads": { lane: "io", schema: nothing },
  /** Writes the record of a model, and that of one of its versions, as the database has them. */
  "write-records": {
    lane: "short",
    schema: z.object({ name: z.string(), model_id: rowId, version_id: rowId.nullable() }),
  },
  /** Sends what is due to one contact point. */
  "send-notices": { lane: "notices", schema: z.object({ id: rowId }) },
  /** Sends what is due to one webhook. */
  "send-to-webhook": { lane: "webhooks", schema: z.object({ id: z.uuid() }) },
  /** The same for a webhook that has lately been slow. */
  "send-to-slow-webhook": { lane: "slow_webhooks", schema: z.object({ id: z.uuid() }) },
  /** Writes the records of a model under its new name, and removes those of the old one. */
  "rename-records": { lane: "io", schema: z.object({ model_id: rowId, old_name: z.string() }) },
  /** Removes the records below a name that belong to nothing any more. */
  "remove-records": { lane: "io", schema: z.object({ name: z.string() }) },
} as const satisfies Record<string, Task>;

export type TaskName = keyof typeof TASKS;
export type TaskPayload<Name extends TaskName> = z.infer<(typeof TASKS)[Name]["schema"]>;

/** Tasks whose job carries an operation. */
export type OperationTask = {
  [Name in TaskName]: (typeof TASKS)[Name]["schema"] extends typeof operation ? Name : never;
}[TaskName];

/** A job runs at least once: after a crash or an error it is run again, so handlers converge. */
export type JobHandlers = {
  [Name in TaskName]?: (payload: TaskPayload<Name>, signal: AbortSignal) => Promise<void>;
};

export const TASK_NAMES = Object.keys(TASKS) as TaskName[];
