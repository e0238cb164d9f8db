/** The record of a model without its versions, `metadata/<model>/model.json`. */
import { z } from "zod";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { modelRecordKey } from "#lib/storage/layout.ts";
import { visibilitySchema } from "#lib/wire/words.ts";
import { type StoredDocument, toText, trashedOf, trashedSchema } from "./stored-document.ts";

const time = z.iso.datetime();

/** Unknown members are dropped: a later release may write more. */
export const modelRecordSchema = z.object({
  record: z.literal(2),
  name: z.string(),
  /** As clients of MLflow call it, where that is another name. */
  external_name: z.string().nullable().default(null),
  description: z.string(),
  owner: z.string(),
  /** A record of before has none. */
  visibility: visibilitySchema.default("public"),
  tags: z.record(z.string(), z.string()),
  created_at: time,
  created_by: z.string(),
  updated_at: time,
  next_number: z.number().int().positive(),
  trashed: trashedSchema,
  aliases: z.array(
    z.object({ alias: z.string(), version: z.string(), updated_at: time, updated_by: z.string() }),
  ),
});
export type ModelRecord = z.output<typeof modelRecordSchema>;

/** null when the model is gone, or deleted for good. */
export async function readModelRecord(
  tx: TransactionClient,
  modelId: bigint,
): Promise<StoredDocument | null> {
  const model = await tx.model.findUnique({
    where: { id: modelId },
    include: {
      aliases: { include: { version: { select: { version: true } } }, orderBy: { alias: "asc" } },
    },
  });
  if (model === null || model.purgedAt !== null) return null;
  const record: ModelRecord = {
    record: 2,
    name: model.name,
    external_name: model.externalName,
    description: model.description,
    owner: model.owner,
    visibility: model.visibility as ModelRecord["visibility"],
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
  };
  return { key: modelRecordKey(model.name), text: toText(record) };
}
