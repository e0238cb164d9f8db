/** The sums behind the statistics. */
import type { VisibleModels } from "#lib/access/visible-models.ts";
import type { Database } from "#lib/db/client.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import { withAliases, withCounter } from "#lib/models/store.ts";

/**
 * A marker that differs after every change and counted download, by whichever replica; it costs an index lookup and
 * the counts of this hour. While it is the same no sum has changed.
 */
export async function readChangeMarker(db: Database): Promise<string> {
  const [row] = await db.$queryRaw<{ marker: string }[]>`
    select concat(
      (select max(id) from audit), ' ',
      (select sum(count) from download_count where hour >= date_trunc('hour', now()))
    ) as marker`;
  return row?.marker ?? "";
}

export type Totals = {
  models: bigint;
  versions: bigint;
  downloads: bigint;
  in_production: bigint;
  production_not_clean: bigint;
  not_clean: bigint;
  in_trash: bigint;
  logical_bytes: bigint;
  stored_bytes: bigint;
  blobs: bigint;
};

/**
 * One pass over each of model, version and blob. `downloads` counts models in the trash too: those
 * downloads did happen. `in_trash` counts what the trash lists: models, and versions of live models.
 */
export async function sumTotals(db: Database, visible: VisibleModels): Promise<Totals> {
  const isVisible = visible.sql();
  const [row] = await db.$queryRaw<Totals[]>`
    select m.*, v.logical_bytes, v.production_not_clean, b.stored_bytes, b.blobs,
      m.trashed_models + (
        select count(*) from version join model on model.id = version.model_id
        where version.deleted_at is not null and version.purged_at is null
          and model.deleted_at is null and ${visible.sql("model")}
      ) as in_trash
    from (
      select count(*) filter (where deleted_at is null) as models,
        count(*) filter (where deleted_at is not null) as trashed_models,
        coalesce(sum(version_count) filter (where deleted_at is null), 0)::bigint as versions,
        coalesce(sum(counter.downloads), 0)::bigint as downloads,
        count(*) filter (where deleted_at is null and 'production' = any(stages)) as in_production,
        count(*) filter (where deleted_at is null and verdict <> 'clean') as not_clean
      from model join model_counter as counter on counter.model_id = model.id
      where purged_at is null and ${isVisible}
    ) as m, (
      select coalesce(sum(size_bytes), 0)::bigint as logical_bytes,
        count(distinct model_id) filter (where stage = 'production' and verdict <> 'clean') as production_not_clean
      from version
      where deleted_at is null
        and model_id not in (select id from model where deleted_at is not null)
        ${ofVisible(visible)}
    ) as v, (
      select coalesce(sum(stored_bytes), 0)::bigint as stored_bytes, count(*) as blobs from blob
      ${visible.isAll ? Prisma.empty : Prisma.sql`where digest in (select digest from file where version_id in (select id from version where true ${ofVisible(visible)}))`}
    ) as b`;
  if (!row) throw new Error("a sum without a row");
  return row;
}

/** A further condition on rows of `version`; empty for an actor who sees all models. */
function ofVisible(visible: VisibleModels): Prisma.Sql {
  if (visible.isAll) return Prisma.empty;
  return Prisma.sql`and model_id in (select id from model where ${visible.sql()})`;
}

/** That condition for rows of `download_count`. */
function countedOfVisible(visible: VisibleModels): Prisma.Sql {
  if (visible.isAll) return Prisma.empty;
  return Prisma.sql`and version_id in (select id from version where true ${ofVisible(visible)})`;
}

export type FrameworkRow = { framework: string; models: bigint; size_bytes: bigint };

/** Live models by the framework of their latest version, the most frequent first. */
export function sumByFramework(db: Database, visible: VisibleModels): Promise<FrameworkRow[]> {
  return db.$queryRaw<FrameworkRow[]>`
    select framework, count(*) as models, sum(size_bytes)::bigint as size_bytes from model
    where deleted_at is null and framework is not null and ${visible.sql()}
    group by framework order by models desc, framework`;
}

/** The time of the first event that the series can show; null in an empty registry. */
export async function findFirstActivity(
  db: Database,
  visible: VisibleModels,
): Promise<Date | null> {
  const [row] = await db.$queryRaw<{ at: Date | null }[]>`
    select least(
      (select min(created_at) from version where true ${ofVisible(visible)}),
      (select min(hour) from download_count where true ${countedOfVisible(visible)})) as at`;
  return row?.at ?? null;
}

export type RegistrationRow = { at: Date; registrations: bigint };
export type DownloadRow = { at: Date; downloads: bigint; bytes: bigint };

/** Versions registered since `from`, trashed ones included; `at` is the start of a bucket in UTC. */
export function sumRegistrations(
  db: Database,
  visible: VisibleModels,
  from: Date,
  bucketSeconds: number,
): Promise<RegistrationRow[]> {
  return db.$queryRaw<RegistrationRow[]>`
    select date_bin(make_interval(secs => ${bucketSeconds}::int), created_at, 'epoch') as at,
      count(*) as registrations
    from version where created_at >= ${from} ${ofVisible(visible)} group by 1`;
}

export function sumDownloads(
  db: Database,
  visible: VisibleModels,
  from: Date,
  bucketSeconds: number,
): Promise<DownloadRow[]> {
  return db.$queryRaw<DownloadRow[]>`
    select date_bin(make_interval(secs => ${bucketSeconds}::int), hour, 'epoch') as at,
      sum(count)::bigint as downloads, sum(bytes)::bigint as bytes
    from download_count where hour >= ${from}
      ${countedOfVisible(visible)}
    group by 1`;
}

export function findNewestVersions(db: Database, visible: VisibleModels, limit: number) {
  return db.version.findMany({
    where: { deletedAt: null, model: { deletedAt: null, AND: visible.where } },
    include: { ...withAliases, model: { select: { name: true } } },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: limit,
  });
}

export function findMostDownloaded(db: Database, visible: VisibleModels, limit: number) {
  return db.model.findMany({
    where: { deletedAt: null, counter: { downloads: { gt: 0n } }, AND: visible.where },
    include: withCounter,
    orderBy: [{ counter: { downloads: "desc" } }, { id: "desc" }],
    take: limit,
  });
}
