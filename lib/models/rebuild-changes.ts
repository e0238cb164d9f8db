/** Brings back the changes after the registrations: stages, edits, aliases, the trash. */

import { databaseNow } from "#lib/db/database-clock.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import type { ModelCtx } from "./model-context.ts";
import type { ModelRecord } from "./model-record.ts";
import type { StoredModel } from "./read-stored-models.ts";
import { parseVersion } from "./semantic-version.ts";
import { refreshModelFacts } from "./store.ts";

export async function applyModelRecord(
  tx: TransactionClient,
  ctx: ModelCtx,
  modelId: bigint,
  { record, versions }: StoredModel,
): Promise<void> {
  const numbers = versions.map(({ document }) => document.version.number);
  if (record === null) await applyPlaces(tx, ctx, modelId, versions);
  else {
    for (const edited of record.versions) await applyVersion(tx, modelId, edited);
    await addTombstones(tx, ctx, modelId, record);
    await addAliases(tx, modelId, record);
    await tx.model.update({ where: { id: modelId }, data: trashedColumns(record.trashed) });
  }
  await addStoredBytes(tx, modelId);
  const model = await tx.model.findUniqueOrThrow({ where: { id: modelId } });
  await refreshModelFacts(tx, modelId, model.updatedAt);
  const nextNumber = Math.max(record?.next_number ?? 1, ...numbers.map((number) => number + 1));
  await tx.model.update({ where: { id: modelId }, data: { nextNumber } });
}

/**
 * Without a record nothing has changed but the trash, which shows by where a manifest lies: the model was deleted
 * when all of them lie in the trash. The retention begins anew, since nobody knows when that was.
 */
async function applyPlaces(
  tx: TransactionClient,
  ctx: ModelCtx,
  modelId: bigint,
  versions: StoredModel["versions"],
): Promise<void> {
  const trashed = versions.filter((version) => version.isInTrash);
  const columns = { deletedAt: await databaseNow(tx), deletedBy: ctx.actor.name };
  if (trashed.length === versions.length) {
    await tx.model.update({ where: { id: modelId }, data: columns });
    return;
  }
  await tx.version.updateMany({
    where: { modelId, version: { in: trashed.map(({ document }) => document.version.version) } },
    data: columns,
  });
}

async function applyVersion(
  tx: TransactionClient,
  modelId: bigint,
  edited: ModelRecord["versions"][number],
): Promise<void> {
  await tx.version.updateMany({
    where: { modelId, version: edited.version },
    data: {
      stage: edited.stage,
      description: edited.description,
      tags: edited.tags,
      updatedAt: edited.updated_at,
      ...trashedColumns(edited.trashed),
    },
  });
}

async function addTombstones(
  tx: TransactionClient,
  ctx: ModelCtx,
  modelId: bigint,
  record: ModelRecord,
): Promise<void> {
  const now = await databaseNow(tx);
  for (const { version, number } of record.purged) {
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
          createdBy: record.created_by,
          deletedAt: now,
          deletedBy: ctx.actor.name,
          purgedAt: now,
        },
      ],
      skipDuplicates: true,
    });
  }
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
