/** Finding models and versions, and the facts that are copied to a model's row. */
import { assertMayOn, type ModelPermission } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import { type Model, Prisma } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import type { VersionRow } from "./wire.ts";

export const withCounter = { counter: { select: { downloads: true } } } as const;
export const withAliases = { ...withCounter, aliases: { select: { alias: true } } } as const;
export const withFiles = { ...withAliases, files: { orderBy: { position: "asc" } } } as const;

export const nameKey = (name: string): string => name.toLowerCase();

/** A model that is not in the trash and that the actor may work with. Throws `model_not_found`, `forbidden`. */
export async function getLiveModel(
  ctx: Ctx,
  permission: ModelPermission,
  name: string,
  tx: TransactionClient = ctx.db,
): Promise<Model> {
  const model = await tx.model.findUnique({ where: { nameKey: nameKey(name) } });
  const live = model?.deletedAt === null ? model : null;
  assertMayOn(ctx, permission, live, name);
  return live;
}

/**
 * `getLiveModel` that holds the model's row until the transaction ends: changes of one model happen one after the
 * other, so `latest`, numbers and the copied facts cannot disagree.
 */
export async function lockLiveModel(
  tx: TransactionClient,
  ctx: Ctx,
  permission: ModelPermission,
  name: string,
): Promise<Model> {
  await tx.$queryRaw`select id from model where name_key = ${nameKey(name)} for update`;
  return getLiveModel(ctx, permission, name, tx);
}

/** The error for a ref that names nothing. */
export function refNotFound(model: string, ref: string): RegistryError {
  if (!ref.startsWith("@")) return versionNotFound(model, ref);
  return new RegistryError("alias_not_found", `${model} has no alias ${ref.slice(1)}.`);
}

export function versionNotFound(model: string, ref: string): RegistryError {
  return new RegistryError("version_not_found", `${model} has no version ${ref}.`);
}

/**
 * The id of the version that a ref names: `1.2.0`, `latest` or `@alias`; trashed versions have no ref.
 * Throws `version_not_found` and `alias_not_found`.
 */
export async function resolveRef(
  tx: TransactionClient,
  model: Model,
  ref: string,
): Promise<bigint> {
  if (ref === "latest") {
    if (model.latestId === null) throw versionNotFound(model.name, ref);
    return model.latestId;
  }
  if (ref.startsWith("@")) {
    const alias = await tx.alias.findUnique({
      where: { modelId_alias: { modelId: model.id, alias: ref.slice(1) } },
      include: { version: { select: { id: true, deletedAt: true } } },
    });
    if (alias === null || alias.version.deletedAt !== null) throw refNotFound(model.name, ref);
    return alias.versionId;
  }
  const row = await tx.version.findUnique({
    where: { modelId_version: { modelId: model.id, version: ref } },
    select: { id: true, deletedAt: true },
  });
  if (row === null || row.deletedAt !== null) throw versionNotFound(model.name, ref);
  return row.id;
}

export async function getVersionRow(tx: TransactionClient, id: bigint): Promise<VersionRow> {
  return tx.version.findUniqueOrThrow({ where: { id }, include: withAliases });
}

/** The four numbers of a version's framework, as `releaseOf` has them: PostgreSQL compares arrays part by part. */
const RELEASE = Prisma.sql`coalesce(
  (string_to_array(substring(v.framework_version from '^[vV]?([0-9]{1,9}(?:[.][0-9]{1,9}){0,3})(?![0-9])') || '.0.0.0', '.'))[1:4]::int[], '{}')`;

/** Copies the latest version's facts, the stages and the count to the model's row. A version without bytes is no latest one. */
export async function refreshModelFacts(
  tx: TransactionClient,
  modelId: bigint,
  at: Date,
): Promise<void> {
  await tx.$executeRaw`
    update model set
      latest_id = v.id, latest_version = v.version, framework = v.framework, format = v.format,
      framework_release = ${RELEASE},
      verdict = v.verdict, parameters = v.parameters, size_bytes = coalesce(v.size_bytes, 0),
      version_count = (select count(*) from version where model_id = model.id and deleted_at is null),
      stages = array(select distinct stage from version
                     where model_id = model.id and deleted_at is null and stage <> 'none' order by stage),
      updated_at = ${at}
    from (select 1) as one left join lateral (
      select * from version
      where model_id = ${modelId} and deleted_at is null and location is null
      order by is_prerelease, precedence desc, number desc limit 1
    ) as v on true
    where model.id = ${modelId}`;
}

/** `refreshModelFacts` after a version was added, without a look at all the others: the new one is in no stage yet. */
export async function addToModelFacts(
  tx: TransactionClient,
  modelId: bigint,
  added: { id: bigint; number: number; at: Date },
): Promise<void> {
  await tx.$executeRaw`
    update model set
      latest_id = v.id, latest_version = v.version, framework = v.framework, format = v.format,
      framework_release = ${RELEASE},
      verdict = v.verdict, parameters = v.parameters, size_bytes = coalesce(v.size_bytes, 0),
      version_count = version_count + 1, next_number = ${added.number + 1}, updated_at = ${added.at}
    from (select 1) as one left join lateral (
      select * from version
      where id in (${added.id}, (select latest_id from model where id = ${modelId})) and location is null
      order by is_prerelease, precedence desc, number desc limit 1
    ) as v on true
    where model.id = ${modelId}`;
}

/** Sums over a model's live versions, from its index alone; `stored` counts shared bytes once for each version. */
export async function sumVersionBytes(
  tx: TransactionClient,
  modelId: bigint,
): Promise<{ versions: bigint; logical: bigint; stored: bigint }> {
  const [sums] = await tx.$queryRaw<{ versions: bigint; logical: bigint; stored: bigint }[]>`
    select count(*) as versions, coalesce(sum(size_bytes), 0)::bigint as logical,
      coalesce(sum(stored_bytes), 0)::bigint as stored
    from version where model_id = ${modelId} and deleted_at is null`;
  return sums ?? { versions: 0n, logical: 0n, stored: 0n };
}

/** Bytes of the distinct blobs of a model's live versions. Reads every file of them. */
export async function sumDistinctBlobs(tx: TransactionClient, modelId: bigint): Promise<bigint> {
  const [sum] = await tx.$queryRaw<{ stored: bigint }[]>`
    select coalesce(sum(stored_bytes), 0)::bigint as stored from blob where digest in
      (select digest from file where version_id in
        (select id from version where model_id = ${modelId} and deleted_at is null))`;
  return sum?.stored ?? 0n;
}

/** How many files a version has. Positions are counted from 0, so the last one gives the number. */
export async function countFiles(tx: TransactionClient, versionId: bigint): Promise<number> {
  const last = await tx.file.findFirst({
    where: { versionId },
    orderBy: { position: "desc" },
    select: { position: true },
  });
  return last === null ? 0 : last.position + 1;
}
