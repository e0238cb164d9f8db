/** The wire types of clusters, as their agents reported them last. */
import { z } from "zod";
import { modelNameSchema } from "#lib/wire/names.ts";
import { page, pageQuery } from "#lib/wire/page.ts";
import { schedulerAddressSchema } from "#lib/wire/scheduler-address.ts";
import { timestamp } from "#lib/wire/words.ts";
import { agentSchema, schedulerSchema, workerSchema } from "./agent-schema.ts";
import { TEXT_MAX_LENGTH } from "./caps.ts";

/** The agent has not reported for a while, or it reports that it does not reach the scheduler. */
export const CLUSTER_STATES = ["connected", "scheduler_lost", "agent_lost"] as const;
export type ClusterState = (typeof CLUSTER_STATES)[number];

export const clusterModelSchema = z.object({
  model: z.string(),
  version: z.string(),
  digest: z.string(),
  /** How many workers have it ready. */
  workers: z.int(),
  /** Of one worker. */
  bytes: z.int(),
});
export const clusterSummarySchema = z.object({
  workers: z.int(),
  /** Workers whose status is not `running`. */
  unavailable_workers: z.int(),
  hosts: z.int(),
  threads: z.int(),
  memory_bytes: z.int(),
  /** null where a worker has no limit. */
  memory_limit_bytes: z.int().nullable(),
  /** The mean of the workers; 100 is one core. */
  cpu_percent: z.number(),
});
export type ClusterSummary = z.infer<typeof clusterSummarySchema>;

export const clusterSchema = z.object({
  address: z.string(),
  state: z.enum(CLUSTER_STATES),
  reported_at: timestamp,
  agent: agentSchema,
  // In its normal form, which may be longer than what the agent wrote.
  scheduler: schedulerSchema.extend({ address: z.string() }),
  summary: clusterSummarySchema,
  /** Those that the reader may see, by name. */
  models: z.array(clusterModelSchema),
});
export type ClusterWire = z.infer<typeof clusterSchema>;
export const clusterListSchema = z.object({ items: z.array(clusterSchema) });

export const listWorkersQuery = z.strictObject({
  /** Without it: those of all clusters. */
  scheduler_address: schedulerAddressSchema.optional(),
  /** A part of the name, the address or the host. */
  query: z.string().max(TEXT_MAX_LENGTH).trim().optional(),
  /** Those that have it ready. */
  model: modelNameSchema.optional(),
  version: z.string().max(128).optional(),
  ...pageQuery,
});
/** A worker, and whose it is. */
export const listedWorkerSchema = workerSchema.extend({ scheduler_address: z.string() });
export type ListedWorkerWire = z.infer<typeof listedWorkerSchema>;
export const workerListSchema = page(listedWorkerSchema);
