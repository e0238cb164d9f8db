/** The wire types of `/operations`. */
import { z } from "zod";
import { pageQuery } from "#lib/wire/page.ts";

/** Operations that the queue carries out, by the tasks of `kinds.ts`. */
export const QUEUED_KINDS = [
  "collection",
  "scrub",
  "purge",
  "backup",
  "verification",
  "drill",
  "mlflow_sync",
  "import",
  "conversion",
  "rescan",
] as const;
export type QueuedKind = (typeof QUEUED_KINDS)[number];
/** Carried out beside the cluster, by whichever agent leases it (lib/cluster). */
export const LEASED_KINDS = ["load", "unload"] as const;
/** A `reindex` or `restore` is a command: it ends with that process, and goes on when the command is run again. */
export const OPERATION_KINDS = [...QUEUED_KINDS, ...LEASED_KINDS, "reindex", "restore"] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

export function isQueuedKind(kind: string): kind is QueuedKind {
  return (QUEUED_KINDS as readonly string[]).includes(kind);
}

export function isLeasedKind(kind: string): boolean {
  return (LEASED_KINDS as readonly string[]).includes(kind);
}

export const OPERATION_STATES = ["queued", "running", "done", "failed", "cancelled"] as const;
export type OperationState = (typeof OPERATION_STATES)[number];

const time = z.iso.datetime({ offset: true });

export const operationSchema = z.object({
  id: z.string(),
  kind: z.enum(OPERATION_KINDS),
  /** What it is about, such as a digest or `model:<name>`; null is everything. */
  subject: z.string().nullable(),
  /** `queued` also between two attempts; then `error` says why the last one ended. */
  state: z.enum(OPERATION_STATES),
  /** Counters of the kind; null where something is not known. */
  progress: z.record(z.string(), z.number().nullable()),
  actor: z.string(),
  created_at: time,
  started_at: time.nullable(),
  finished_at: time.nullable(),
  /** Of the last attempt; of an operation that is done, what it had to leave out. */
  error: z.string().nullable(),
  /** How many attempts have failed since it was asked for, or last retried by hand. */
  attempts: z.number().int(),
  /** Since when it is to be cancelled; the process that runs it ends it within seconds. */
  cancel_requested_at: time.nullable(),
});
export type OperationWire = z.infer<typeof operationSchema>;

export const operationParams = z.object({
  id: z.string().regex(/^[1-9][0-9]{0,17}$/, "An operation is named by its number."),
});

export const listOperationsQuery = z.strictObject({
  kind: z.enum(OPERATION_KINDS).optional(),
  state: z.enum(OPERATION_STATES).optional(),
  ...pageQuery,
});

/** Kinds that have no route of their own. */
export const startOperationBody = z.strictObject({ kind: z.enum(["rescan"]) });

type Standing = Pick<OperationWire, "kind" | "state">;

/** Whether its end can be asked for. */
export function isCancellable({ kind, state }: Standing): boolean {
  return (state === "queued" || state === "running") && isQueuedKind(kind);
}

/** Whether it can be asked for once more. */
export function isRetryable({ kind, state }: Standing): boolean {
  return (state === "failed" || state === "cancelled") && isQueuedKind(kind);
}
