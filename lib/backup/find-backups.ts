import { RegistryError } from "#lib/errors.ts";
import { BACKUPS_FOLDER, parseBackupKey } from "#lib/storage/backup-layout.ts";
import { noBackup } from "./manifest.ts";
import type { BackupTarget } from "./target.ts";

export type FoundBackup = { id: string; isEncrypted: boolean };

/** Backups that have come to their end, the newest first, and ids of those that have not. */
export async function findBackups(
  target: BackupTarget,
): Promise<{ finished: FoundBackup[]; unfinished: string[] }> {
  const finished = new Map<string, FoundBackup>();
  const seen = new Set<string>();
  for await (const key of target.storage.list(BACKUPS_FOLDER)) {
    const parsed = parseBackupKey(key);
    if (parsed === null) continue;
    const { id, name } = parsed;
    seen.add(id);
    if (name === "manifest.json") finished.set(id, { id, isEncrypted: false });
    if (name === "manifest.json.age") finished.set(id, { id, isEncrypted: true });
  }
  const newestFirst = (a: string, b: string) => (a < b ? 1 : -1);
  return {
    finished: [...finished.values()].sort((a, b) => newestFirst(a.id, b.id)),
    unfinished: [...seen].filter((id) => !finished.has(id)).sort(newestFirst),
  };
}

/** The newest backup that this target's key can read. Throws `not_found`. */
export async function findNewest(target: BackupTarget): Promise<string> {
  const { finished } = await findBackups(target);
  const newest = finished.find(({ isEncrypted }) => isEncrypted === target.isEncrypted);
  if (newest) return newest.id;
  const others =
    finished.length === 0
      ? ""
      : target.isEncrypted
        ? " Those that are there are not encrypted: leave backup.passphrase out to use them."
        : " Those that are there are encrypted: set backup.passphrase.";
  throw new RegistryError("not_found", `There is no backup yet.${others}`);
}

/** The id of a backup that is there; `latest` is the newest one. Throws `not_found`. */
export async function chooseBackup(target: BackupTarget, wanted: string): Promise<string> {
  if (wanted === "latest") return findNewest(target);
  const { finished } = await findBackups(target);
  if (finished.some(({ id }) => id === wanted)) return wanted;
  throw noBackup(wanted);
}
