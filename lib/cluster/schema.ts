/** The wire types of loads: what people and programs ask for. What the agent says is in agent-schema.ts. */
import { z } from "zod";
import { modelNameSchema } from "#lib/wire/names.ts";
import { page, pageQuery } from "#lib/wire/page.ts";
import { schedulerAddressSchema } from "#lib/wire/scheduler-address.ts";
import { digest, timestamp } from "#lib/wire/words.ts";
import { agentSchema, progressRowSchema, workerNameSchema } from "./agent-schema.ts";
import { WORKERS_MAX } from "./caps.ts";

export const LOAD_ACTIONS = ["load", "unload"] as const;
export type LoadAction = (typeof LOAD_ACTIONS)[number];
export const LOAD_MODES = ["memory", "disk"] as const;
export type LoadMode = (typeof LOAD_MODES)[number];
export const LOAD_STATES = ["queued", "running", "succeeded", "failed", "cancelled"] as const;
export type LoadState = (typeof LOAD_STATES)[number];

const target = {
  /** `1.2.0`, `latest` or `@alias`. */
  version: z
    .string()
    .max(128)
    .regex(/^@?[A-Za-z0-9][A-Za-z0-9.+_-]*$/, "Use a version, latest or @alias.")
    .default("latest"),
  /** Without it the agent that comes first takes it. */
  scheduler_address: schedulerAddressSchema.optional(),
  /** Addresses or names of workers; without any: all of them, and those that join later. */
  workers: z.array(workerNameSchema).min(1).max(WORKERS_MAX).optional(),
};
export const loadBody = z.strictObject({ ...target, mode: z.enum(LOAD_MODES).default("memory") });
export const unloadBody = z.strictObject(target);

/** What a list has of a load. */
export const loadSchema = z.object({
  id: z.string(),
  action: z.enum(LOAD_ACTIONS),
  model: z.string(),
  version: z.string(),
  digest,
  size_bytes: z.int(),
  mode: z.enum(LOAD_MODES),
  scheduler_address: z.string().nullable(),
  /** null: all workers. */
  workers: z.array(z.string()).nullable(),
  /** `queued` also between two attempts; then `error` says why the last one ended. */
  state: z.enum(LOAD_STATES),
  cancel_requested: z.boolean(),
  /** Who has it, or had it last. */
  agent: agentSchema.nullable(),
  /** `code` is one of the documentation's, or one of a newer agent. */
  error: z.object({ code: z.string(), detail: z.string() }).nullable(),
  bytes_done: z.int(),
  bytes_total: z.int(),
  worker_counts: z.object({ total: z.int(), ready: z.int(), failed: z.int() }),
  created_at: timestamp,
  created_by: z.string(),
  started_at: timestamp.nullable(),
  finished_at: timestamp.nullable(),
  /** How many have failed because the agent was lost. */
  attempts: z.int(),
});
export type LoadWire = z.infer<typeof loadSchema>;

/** One load, with how far each worker is. */
export const loadDetailSchema = loadSchema.extend({ progress: z.array(progressRowSchema) });
export type LoadDetailWire = z.infer<typeof loadDetailSchema>;

export const loadParams = z.object({
  id: z.string().regex(/^[1-9][0-9]{0,17}$/, "A load is named by its number."),
});
export const listLoadsQuery = z.strictObject({
  model: modelNameSchema.optional(),
  state: z.enum(LOAD_STATES).optional(),
  ...pageQuery,
});
export const loadListSchema = page(loadSchema);
