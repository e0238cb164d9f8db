/**
 * The parts of a model that people may change, kept beside its manifests in `metadata/<model>/model.json`. With it a
 * rebuild from the storage alone brings back stages, aliases, edits and the trash.
 */
import { z } from "zod";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { modelRecordKey } from "#lib/storage/layout.ts";
import type { ModelCtx } from "./model-context.ts";

const time = z.iso.datetime();
const trashed = z.object({ at: time, by: z.string() }).nullable();
const tags = z.record(z.string(), z.string());

/** Unknown members are dropped: a later release may write more. */
export const modelRecordSchema = z.object({
  record: z.literal(1),
  name: z.string(),
  description: z.string(),
  owner: z.string(),
  tags,
  created_at: time,
  created_by: z.string(),
  updated_at: time,
  next_number: z.number().int().positive(),
  trashed,
  aliases: z.array(
    z.object({ alias: z.string(), version: z.string(), updated_at: time, updated_by: z.string() }),
  ),
  /** Only versions that are not as they were registered. */
  versions: z.array(
    z.object({
      version: z.string(),
      stage: z.string(),
      description: z.string(),
      tags,
      updated_at: time,
      trashed,
    }),
  ),
  /** Versions that are gone for good: their names and numbers are never used again. */
  purged: z.array(z.object({ version: z.string(), number: z.number().int().positive() })),
});
export type ModelRecord = z.output<typeof modelRecordSchema>;

/**
 * The last step of every transaction that changes a model, except registrations, whose manifest says it
 * all. The caller holds the model's row, so records are written in the order of the changes. A commit that
 * fails afterwards leaves the record ahead of the database until the next change.
 */
export async function saveModelRecord(
  tx: TransactionClient,
  ctx: ModelCtx,
  modelId: bigint,
): Promise<void> {
  const record = await readModelRecord(tx, modelId);
  const bytes = new TextEncoder().encode(`${JSON.stringify(record, null, 2)}\n`);
  await ctx.storage.putDocument(modelRecordKey(record.name), bytes);
}

async function readModelRecord(tx: TransactionClient, modelId: bigint): Promise<ModelRecord> {
  const model = await tx.model.findUniqueOrThrow({
    where: { id: modelId },
    include: {
      aliases: { include: { version: { select: { version: true } } }, orderBy: { alias: "asc" } },
    },
  });
  const versions = await tx.version.findMany({
    where: {
      modelId,
      OR: [
        { NOT: { updatedAt: { equals: tx.version.fields.createdAt } } },
        { stage: { not: "none" } },
        { deletedAt: { not: null } },
        { purgedAt: { not: null } },
      ],
    },
    orderBy: { number: "asc" },
  });
  return {
    record: 1,
    name: model.name,
    description: model.description,
    owner: model.owner,
    tags: model.tags as Record<string, string>,
    created_at: model.createdAt.toISOString(),
    created_by: model.createdBy,
    updated_at: model.updatedAt.toISOString(),
    next_number: model.nextNumber,
    trashed: trashedOf(model),
    aliases: model.aliases.map((row) => ({
      alias: row.alias,
      version: row.version.version,
      updated_at: row.updatedAt.toISOString(),
      updated_by: row.updatedBy,
    })),
    versions: versions
      .filter((row) => row.purgedAt === null)
      .map((row) => ({
        version: row.version,
        stage: row.stage,
        description: row.description,
        tags: row.tags as Record<string, string>,
        updated_at: row.updatedAt.toISOString(),
        trashed: trashedOf(row),
      })),
    purged: versions
      .filter((row) => row.purgedAt !== null)
      .map(({ version, number }) => ({ version, number })),
  };
}

function trashedOf(row: { deletedAt: Date | null; deletedBy: string | null }) {
  return row.deletedAt === null
    ? null
    : { at: row.deletedAt.toISOString(), by: row.deletedBy ?? "" };
}
