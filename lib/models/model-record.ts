/** The record of a model without its versions, `metadata/<model>/model.json`. */
import { z } from "zod";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { modelRecordKey } from "#lib/storage/layout.ts";
import { type StoredDocument, toText, trashedOf, trashedSchema } from "./stored-document.ts";

const time = z.iso.datetime();

/** Unknown members are dropped: a later release may write more. */
export const modelRecordSchema = z.object({
  record: z.literal(2),
  name: z.string(),
  description: z.string(),
  owner: z.string(),
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

/** null when the model is gone. */
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
  if (model === null) return null;
  const record: ModelRecord = {
    record: 2,
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
  };
  return { key: modelRecordKey(model.name), text: toText(record) };
}
