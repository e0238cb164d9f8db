import type { z } from "zod";
import { assertMay } from "#lib/access/policy.ts";
import { type VisibleModels, visibleModels } from "#lib/access/visible-models.ts";
import type { BlobCtx } from "#lib/blobs/blob-context.ts";
import { cacheToWire } from "#lib/blobs/report/cache-to-wire.ts";
import { countActiveModels } from "#lib/cluster/list-clusters.ts";
import { countNotClean } from "#lib/models/list-findings.ts";
import { findStageVersions } from "#lib/models/stage-versions.ts";
import { modelToListed, versionToSummary } from "#lib/models/wire.ts";
import type { StatsWire, statsQuery } from "./schema.ts";
import { bucketsOf, fillSeries, RANGES, type Range } from "./series.ts";
import * as store from "./store.ts";
import { SumCache } from "./sum-cache.ts";

/** As many rows fit beside each other on one screen of the overview. */
const LIST_LENGTH = 8;

type Sums = Omit<StatsWire, "disk" | "cache" | "active_models">;
const caches = new WeakMap<BlobCtx["db"], SumCache<Sums>>();

/**
 * The overview's numbers. Sizes are bytes; `series` holds the known part of the range in buckets of
 * `bucket_seconds` aligned to UTC, the last one still in progress. Sums are current within 2 s.
 */
export async function getStats(
  ctx: BlobCtx,
  input: z.output<typeof statsQuery>,
): Promise<StatsWire> {
  assertMay(ctx, "statistics.read");
  const cache = caches.get(ctx.db) ?? new SumCache<Sums>();
  caches.set(ctx.db, cache);
  const visible = visibleModels(ctx.actor);
  const marker = await store.readChangeMarker(ctx.db);
  const [sums, capacity, activeModels] = await Promise.all([
    cache.get(`${visible.key} ${input.range}`, marker, () =>
      computeSums(ctx, visible, input.range),
    ),
    ctx.storage.capacity(),
    countActiveModels(ctx),
  ]);
  const disk = capacity && { total_bytes: capacity.totalBytes, free_bytes: capacity.freeBytes };
  return {
    ...sums,
    disk,
    cache: cacheToWire(ctx.blobs.cacheStats()),
    active_models: activeModels,
  };
}

async function computeSums(
  { db, now }: BlobCtx,
  visible: VisibleModels,
  range: Range,
): Promise<Sums> {
  const [totals, versionsNotClean, frameworks, newest, mostUsed, series] = await Promise.all([
    store.sumTotals(db, visible),
    countNotClean(db, visible),
    store.sumByFramework(db, visible),
    store.findNewestVersions(db, visible, LIST_LENGTH),
    store.findMostDownloaded(db, visible, LIST_LENGTH),
    readSeries(db, visible, range, now()),
  ]);
  const stageVersions = await findStageVersions(db, mostUsed);
  return {
    models: Number(totals.models),
    versions: Number(totals.versions),
    logical_bytes: Number(totals.logical_bytes),
    stored_bytes: Number(totals.stored_bytes),
    blobs: Number(totals.blobs),
    downloads: Number(totals.downloads),
    in_production: Number(totals.in_production),
    production_not_clean: Number(totals.production_not_clean),
    not_clean: Number(totals.not_clean),
    versions_not_clean: versionsNotClean,
    in_trash: Number(totals.in_trash),
    range,
    bucket_seconds: RANGES[range].bucketSeconds,
    series,
    by_framework: frameworks.map((row) => ({
      framework: row.framework,
      models: Number(row.models),
      size_bytes: Number(row.size_bytes),
    })),
    newest: newest.map((row) => versionToSummary(row.model.name, row)),
    most_used: mostUsed.map((row) => modelToListed(row, stageVersions.get(row.id))),
  };
}

async function readSeries(
  db: BlobCtx["db"],
  visible: VisibleModels,
  range: Range,
  now: Date,
): Promise<StatsWire["series"]> {
  const buckets = bucketsOf(range, now, await store.findFirstActivity(db, visible));
  const { bucketSeconds } = RANGES[range];
  const [registrations, downloads] = await Promise.all([
    store.sumRegistrations(db, visible, buckets.from, bucketSeconds),
    store.sumDownloads(db, visible, buckets.from, bucketSeconds),
  ]);
  return fillSeries(range, buckets, { registrations, downloads });
}
