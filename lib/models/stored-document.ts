import { z } from "zod";

/** A record as it lies in the storage. */
export type StoredDocument = { key: string; text: string };

export const trashedSchema = z.object({ at: z.iso.datetime(), by: z.string() }).nullable();

export function trashedOf(row: { deletedAt: Date | null; deletedBy: string | null }) {
  return row.deletedAt === null
    ? null
    : { at: row.deletedAt.toISOString(), by: row.deletedBy ?? "" };
}

/** People read records too. */
export function toText(record: unknown): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}
