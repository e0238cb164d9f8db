/** What is known of a backup since it was made, kept beside it. */
import type { z } from "zod";
import { isRegistryError } from "#lib/errors.ts";
import { backupFolder } from "#lib/storage/backup-layout.ts";
import { type DrilledWire, drilledSchema, type VerifiedWire, verifiedSchema } from "./schema.ts";
import type { BackupTarget } from "./target.ts";

const verifiedKey = (id: string) => `${backupFolder(id)}verified.json`;
const drilledKey = (id: string) => `${backupFolder(id)}drill.json`;

export const readVerified = (target: BackupTarget, id: string) =>
  read(target, verifiedKey(id), verifiedSchema);
export const readDrilled = (target: BackupTarget, id: string) =>
  read(target, drilledKey(id), drilledSchema);

/** A share without problems does not hide what was found in another one. */
export async function noteVerified(
  target: BackupTarget,
  id: string,
  result: VerifiedWire,
): Promise<void> {
  const before = await readVerified(target, id);
  const hides = !result.is_full && result.problems.length === 0 && before?.problems.length;
  if (!hides) await write(target, verifiedKey(id), result);
}

export const noteDrilled = (target: BackupTarget, id: string, result: DrilledWire) =>
  write(target, drilledKey(id), result);

/** Plain also where backups are encrypted: there is nothing in it but counts and digests. */
async function write(target: BackupTarget, key: string, result: object): Promise<void> {
  const text = `${JSON.stringify(result, null, 1)}\n`;
  await target.storage.putDocument(key, new TextEncoder().encode(text));
}

/** null where there is none, and where it cannot be read as one. */
async function read<T>(target: BackupTarget, key: string, schema: z.ZodType<T>): Promise<T | null> {
  try {
    const content = await target.storage.getDocument(key);
    return schema.parse(JSON.parse(new TextDecoder().decode(content)));
  } catch (error) {
    if (isRegistryError(error) && error.code !== "blob_not_found") throw error;
    return null;
  }
}
