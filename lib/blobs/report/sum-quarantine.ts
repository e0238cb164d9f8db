import type { StorageDriver } from "#lib/storage/contract.ts";
import { QUARANTINE_FOLDER } from "#lib/storage/layout.ts";

/** Each file is asked for its length; more would make the page slow, and say nothing new. */
const COUNTED = 1000;

/** Wrong bytes that were set aside, at most 1,000 files of them: only the store knows what an operator has left there. */
export async function sumQuarantine(
  storage: StorageDriver,
): Promise<{ files: number; bytes: number }> {
  const sum = { files: 0, bytes: 0 };
  for await (const key of storage.list(QUARANTINE_FOLDER)) {
    if (sum.files === COUNTED) break;
    sum.files += 1;
    sum.bytes += (await storage.stat(key))?.sizeBytes ?? 0;
  }
  return sum;
}
