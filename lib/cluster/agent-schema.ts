/** What the cluster agent says. It may be newer than this server: fields that are not known here are left out. */
import { z } from "zod";
import { modelNameSchema } from "#lib/wire/names.ts";
import { schedulerAddressSchema } from "#lib/wire/scheduler-address.ts";
import { digest, timestamp } from "#lib/wire/words.ts";
import { DETAIL_MAX_LENGTH, MODELS_OF_WORKER_MAX, TEXT_MAX_LENGTH, WORKERS_MAX } from "./caps.ts";

const text = z.string().max(TEXT_MAX_LENGTH);
const bytes = z.int().min(0);
export const workerNameSchema = text.min(1);

export const agentSchema = z.object({
  id: text.min(1),
  host: text,
  pid: z.int().min(0),
  sdk_version: text,
  python_version: text,
});

export const WORKER_STATES = [
  "waiting",
  "downloading",
  "transferring",
  "mapping",
  "ready",
  "failed",
  "removed",
] as const;
export type WorkerState = (typeof WORKER_STATES)[number];

const errorSchema = z.object({
  code: z
    .string()
    .max(64)
    .regex(/^[a-z][a-z0-9_]*$/),
  detail: z.string().max(DETAIL_MAX_LENGTH),
});

/** How far a load is on one worker. */
export const progressRowSchema = z.object({
  worker: workerNameSchema,
  host: text,
  state: z.enum(WORKER_STATES),
  bytes_done: bytes,
  bytes_total: bytes,
  error: errorSchema.nullable().default(null),
});
export type ProgressRow = z.infer<typeof progressRowSchema>;
const progressRows = z.array(progressRowSchema).max(WORKERS_MAX);

export const leaseBody = z.object({
  agent: agentSchema,
  scheduler_address: schedulerAddressSchema,
  /** How long to wait for a load when there is none. */
  wait_seconds: z.number().min(0).max(30).default(0),
});
export const leaseSchema = z.object({
  token: z.string(),
  expires_at: timestamp,
  seconds: z.int(),
});

/** By which workers without a token of their own download the model; null where nobody needs one. */
export const downloadTokenSchema = z
  .object({ token: z.string(), expires_at: timestamp })
  .nullable();

const leaseToken = z.string().min(1).max(100);
export const progressBody = z.object({
  lease: leaseToken,
  workers: progressRows,
  bytes_done: bytes,
  bytes_total: bytes,
  /** The one that the lease came with, or the last one, is refused or about to end. */
  renew_download_token: z.boolean().default(false),
});
export const progressAnswerSchema = z.object({
  cancel_requested: z.boolean(),
  lease_expires_at: timestamp,
  /** Only where another one was asked for. */
  download_token: downloadTokenSchema.optional(),
});

export const FINISH_STATES = ["succeeded", "failed", "cancelled"] as const;
export const finishBody = z.object({
  lease: leaseToken,
  state: z.enum(FINISH_STATES),
  /** Of one that failed. */
  error: errorSchema.nullable().default(null),
  workers: progressRows,
});

const nullableBytes = bytes.nullable().default(null);
const nullableText = text.nullable().default(null);
const versions = z.object({
  python: text.optional(),
  dask: text.optional(),
  distributed: text.optional(),
  torch: text.optional(),
  tensorflow: text.optional(),
  onnxruntime: text.optional(),
  safetensors: text.optional(),
  scikit_learn: text.optional(),
  numpy: text.optional(),
  model_registry: text.optional(),
});
export const heldModelSchema = z.object({
  model: modelNameSchema,
  version: text,
  digest,
  mode: text,
  bytes,
  state: text,
});
export const workerSchema = z.object({
  address: workerNameSchema,
  name: text,
  host: text,
  status: text,
  memory_limit_bytes: nullableBytes,
  memory_bytes: bytes,
  /** 100 is one core. */
  cpu_percent: z.number().min(0).max(1_000_000),
  threads: z.int().min(0).max(1_000_000),
  versions,
  models: z.array(heldModelSchema).max(MODELS_OF_WORKER_MAX),
});
export type WorkerWire = z.infer<typeof workerSchema>;

export const schedulerSchema = z.object({
  address: schedulerAddressSchema,
  /** A page that people open: nothing but http leads to one. */
  dashboard_url: z
    .string()
    .max(TEXT_MAX_LENGTH)
    .regex(/^https?:\/\/[^\s]+$/)
    .nullable()
    .default(null),
  version: nullableText,
  status: z.enum(["connected", "lost"]),
  error: z.string().max(DETAIL_MAX_LENGTH).nullable().default(null),
});
export const reportBody = z.object({
  agent: agentSchema,
  scheduler: schedulerSchema,
  workers: z.array(workerSchema).max(WORKERS_MAX),
});
export type Report = z.output<typeof reportBody>;
