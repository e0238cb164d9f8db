/** The wire types of `GET /stats`. */
import { z } from "zod";
import { cacheSchema } from "#lib/blobs/schema.ts";
import { listedModelSchema, versionSummarySchema } from "#lib/models/schema.ts";

export const STATS_RANGES = ["24h", "7d", "30d", "90d"] as const;
export const statsQuery = z.strictObject({ range: z.enum(STATS_RANGES).default("7d") });

const bucket = z.object({
  /** Start of the bucket. */
  at: z.iso.datetime({ offset: true }),
  registrations: z.number().int(),
  downloads: z.number().int(),
  downloaded_bytes: z.number().int(),
});

export const statsSchema = z.object({
  models: z.number().int(),
  versions: z.number().int(),
  /** Bytes of all versions' files as clients see them, and what the blobs take on disk (each stored once). */
  logical_bytes: z.number().int(),
  stored_bytes: z.number().int(),
  blobs: z.number().int(),
  downloads: z.number().int(),
  in_production: z.number().int(),
  /** Models with a version in production that is not clean. */
  production_not_clean: z.number().int(),
  /** Models whose latest version is not clean. */
  not_clean: z.number().int(),
  /** Versions that are not clean, as `GET /findings` lists them. */
  versions_not_clean: z.number().int(),
  in_trash: z.number().int(),
  /** Versions that are ready on at least one worker of a cluster that is there. */
  active_models: z.number().int(),
  /** The cache of decompressed blobs of the process that answers; null without one. */
  cache: cacheSchema.nullable(),
  disk: z.object({ total_bytes: z.number().int(), free_bytes: z.number().int() }).nullable(),
  range: z.enum(STATS_RANGES),
  bucket_seconds: z.number().int(),
  series: z.array(bucket),
  by_framework: z.array(
    z.object({ framework: z.string(), models: z.number().int(), size_bytes: z.number().int() }),
  ),
  newest: z.array(versionSummarySchema),
  most_used: z.array(listedModelSchema),
});
export type StatsWire = z.infer<typeof statsSchema>;
