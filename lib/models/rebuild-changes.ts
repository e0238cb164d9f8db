/** Brings back the changes after the registrations: stages, edits, aliases, the trash. */
import type { TransactionClient } from "#lib/db/transaction.ts";
import type { ModelRecord } from "./model-record.ts";
import type { StoredModel } from "./read-stored-models.ts";
import { parseVersion } from "./semantic-version.ts";
import { refreshModelFacts } from "./store.ts";
import type { Tombstone, VersionRecord } from "./version-record.ts";

export async function applyRecords(
  tx: TransactionClient,
  modelId: bigint,
  { record, versions, purged }: StoredModel,
): Promise<void> {
  for (const version of versions) await applyVersion(tx, modelId, version);
  for (const tombstone of purged) await addTombstone(tx, modelId, tombstone);
  if (record !== null) {
    await addAliases(tx, modelId, record);
    await tx.model.update({ where: { id: modelId }, data: trashedColumns(record.trashed) });
  }
  await addStoredBytes(tx, modelId);
  const model = await tx.model.findUniqueOrThrow({ where: { id: modelId } });
  await refreshModelFacts(tx, modelId, model.updatedAt);
  const numbers = [...versions, ...purged].map(({ number }) => number + 1);
  const nextNumber = Math.max(record?.next_number ?? 1, ...numbers);
  await tx.model.update({ where: { id: modelId }, data: { nextNumber } });
}

async function applyVersion(
  tx: TransactionClient,
  modelId: bigint,
  record: VersionRecord,
): Promise<void> {
  await tx.version.updateMany({
    where: { modelId, version: record.version },
    data: {
      stage: record.stage,
      description: record.description,
      tags: record.tags,
      updatedAt: record.updated_at,
      ...trashedColumns(record.trashed),
    },
  });
}

async function addTombstone(
  tx: TransactionClient,
  modelId: bigint,
  { version, number, purged_at }: Tombstone,
): Promise<void> {
  const parsed = parseVersion(version);
  await tx.version.createMany({
    data: [
      {
        modelId,
        number,
        version,
        precedence: parsed.precedence,
        isPrerelease: parsed.isPrerelease,
        digest: "0".repeat(64),
        framework: "other",
        format: "unknown",
        sizeBytes: 0n,
        storedBytes: 0n,
        verdict: "pending",
        createdBy: "",
        deletedAt: purged_at,
        purgedAt: purged_at,
      },
    ],
    skipDuplicates: true,
  });
}

/** An alias of a version that could not be rebuilt is left out: it would point nowhere. */
async function addAliases(
  tx: TransactionClient,
  modelId: bigint,
  record: ModelRecord,
): Promise<void> {
  for (const { alias, version, updated_at, updated_by } of record.aliases) {
    const target = await tx.version.findUnique({
      where: { modelId_version: { modelId, version } },
      select: { id: true },
    });
    if (target === null) continue;
    const stamp = { versionId: target.id, updatedAt: updated_at, updatedBy: updated_by };
    await tx.alias.upsert({
      where: { modelId_alias: { modelId, alias } },
      create: { modelId, alias, ...stamp },
      update: stamp,
    });
  }
}

/** Corrects `stored_bytes`: compressed blobs take less than their versions were inserted with. */
async function addStoredBytes(tx: TransactionClient, modelId: bigint): Promise<void> {
  await tx.$executeRaw`
    update version set stored_bytes = coalesce((
      select sum(blob.stored_bytes) from blob
      where blob.digest in (select digest from file where version_id = version.id)), 0)
    where model_id = ${modelId}`;
}

function trashedColumns(trashed: { at: string; by: string } | null) {
  return trashed === null
    ? { deletedAt: null, deletedBy: null }
    : { deletedAt: trashed.at, deletedBy: trashed.by };
}
