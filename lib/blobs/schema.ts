/** The wire types of `/storage` and what belongs to it. Sizes in bytes, times RFC 3339. */
import { z } from "zod";
import { OPERATION_STATES, type OperationKind } from "#lib/operations/schema.ts";
import { modelNameSchema } from "#lib/wire/names.ts";
import { pageQuery } from "#lib/wire/page.ts";

const count = z.number().int();
const bytes = z.number().int();
const time = z.iso.datetime({ offset: true });
export const digestSchema = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, "must be sha256: and 64 hexadecimal digits");

export const cacheSchema = z.object({
  bytes: z.number().int(),
  limit_bytes: z.number().int(),
  entries: z.number().int(),
  /** Counted since the process started; `hit_rate` is null before the first reader. */
  hits: z.number().int(),
  misses: z.number().int(),
  hit_rate: z.number().nullable(),
  evictions: z.number().int(),
});
export type CacheWire = z.infer<typeof cacheSchema>;

export const RUN_KINDS = ["collection", "scrub"] as const satisfies OperationKind[];
export type RunKind = (typeof RUN_KINDS)[number];

const runProgressSchema = z.object({
  /** Blobs looked at so far, and how many there are as far as is known. */
  blobs: count,
  bytes,
  total_blobs: count.nullable(),
  total_bytes: bytes.nullable(),
  /** What a collection has freed. */
  freed_blobs: count,
  freed_bytes: bytes,
  /** Blobs that a scrub found wrong, and those of them that were put right from another copy. */
  damaged: count,
  healed: count,
});
export type RunProgress = z.infer<typeof runProgressSchema>;

/** An operation of the storage, with the counters of both kinds. */
export const runSchema = runProgressSchema.extend({
  id: z.string(),
  kind: z.enum(RUN_KINDS),
  state: z.enum(OPERATION_STATES),
  actor: z.string(),
  created_at: time,
  started_at: time.nullable(),
  finished_at: time.nullable(),
  /** What a scrub was asked to look at; null is everything. */
  target: z.string().nullable(),
  error: z.string().nullable(),
});
export type RunWire = z.infer<typeof runSchema>;

export const damagedBlobSchema = z.object({
  digest: digestSchema,
  size_bytes: bytes,
  damaged_at: time,
  /** Some of the files that hold the blob. */
  files: z.array(z.object({ model: z.string(), version: z.string(), path: z.string() })),
});
export type DamagedBlobWire = z.infer<typeof damagedBlobSchema>;

export const storageSchema = z.object({
  /** Bytes of all versions, the trash included, as clients see them. */
  logical_bytes: bytes,
  /** Bytes on disk: each blob once, compressed where it is; of a damaged one only the bytes that are in its place. */
  stored_bytes: bytes,
  /** Blobs whose bytes are there. */
  blobs: count,
  saved_by_sharing_bytes: bytes,
  saved_by_compression_bytes: bytes,
  compression: z.object({
    enabled: z.boolean(),
    compressed: count,
    pending: count,
    not_worth: count,
    failed: count,
  }),
  /** Blobs that nothing holds: the next collection frees them. */
  reclaimable_blobs: count,
  reclaimable_bytes: bytes,
  trash: z.object({
    models: count,
    versions: count,
    /** Bytes that nothing but the trash holds. */
    bytes,
    /** When the retention of the oldest ends; null when the trash is empty. */
    next_purge_at: time.nullable(),
  }),
  /** Resumable transfers in progress, and what has arrived of them; not in `stored_bytes`. */
  uploads: z.object({ open: count, bytes }),
  disk: z.object({ total_bytes: bytes, free_bytes: bytes }).nullable(),
  cache: cacheSchema.nullable(),
  collection: z.object({ current: runSchema.nullable(), last: runSchema.nullable() }),
  scrub: z.object({
    current: runSchema.nullable(),
    last: runSchema.nullable(),
    /** When the last run over everything ended. */
    last_full_at: time.nullable(),
    oldest_verified_at: time.nullable(),
    unverified_blobs: count,
    damaged_blobs: count,
    /** Wrong bytes that were set aside, at most 1,000 files of them; not in `stored_bytes`. */
    quarantine: z.object({ files: count, bytes }),
    /** At most 100. */
    damaged: z.array(damagedBlobSchema),
  }),
});
export type StorageWire = z.infer<typeof storageSchema>;

export const storageModelSchema = z.object({
  model: z.string(),
  in_trash: z.boolean(),
  versions: count,
  logical_bytes: bytes,
  stored_bytes: bytes,
  /** Part of `stored_bytes` that other models hold as well. */
  shared_bytes: bytes,
  /** Part of `stored_bytes` that goes when the trash is emptied. */
  trash_bytes: bytes,
});
export type StorageModelWire = z.infer<typeof storageModelSchema>;
export const STORAGE_MODEL_SORTS = [
  "-stored_bytes",
  "-logical_bytes",
  "-trash_bytes",
  "name",
] as const;
export const storageModelsQuery = z.strictObject({
  ...pageQuery,
  sort: z.enum(STORAGE_MODEL_SORTS).default("-stored_bytes"),
});

/** Why bytes are kept, in the order in which they matter. */
export const keptReasonSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("version"),
    model: z.string(),
    version: z.string(),
    path: z.string(),
  }),
  z.object({
    kind: z.literal("trash"),
    model: z.string(),
    version: z.string(),
    path: z.string(),
    until: time,
  }),
  z.object({ kind: z.literal("upload"), until: time }),
  z.object({ kind: z.literal("claim"), until: time }),
  z.object({ kind: z.literal("dependent"), digest: digestSchema }),
]);
export type KeptReason = z.infer<typeof keptReasonSchema>;

export const blobSchema = z.object({
  digest: digestSchema,
  size_bytes: bytes,
  stored_bytes: bytes,
  encoding: z.enum(["raw", "mrz"]),
  compression: z.enum(["pending", "done", "not_worth", "failed"]),
  created_at: time,
  verified_at: time.nullable(),
  damaged_at: time.nullable(),
  /** At most 100; empty when the next collection frees the blob. */
  kept_by: z.array(keptReasonSchema),
  /** Blobs that the compressed form borrows from. */
  sources: z.array(digestSchema),
});
export type BlobWire = z.infer<typeof blobSchema>;

/** `dry_run` answers at once with what would be freed; otherwise a run begins in the background. */
export const collectRequest = z.strictObject({ dry_run: z.boolean().default(false) });
export const collectionPlanSchema = z.object({
  dry_run: z.literal(true),
  blobs: count,
  bytes,
  /** The largest, at most 1,000. */
  items: z.array(
    z.object({ digest: digestSchema, size_bytes: bytes, stored_bytes: bytes, claimed_at: time }),
  ),
});
export type CollectionPlanWire = z.infer<typeof collectionPlanSchema>;

/** Everything, one blob, or the blobs of one model. */
export const scrubRequest = z.strictObject({
  digest: digestSchema.optional(),
  model: modelNameSchema.optional(),
});
