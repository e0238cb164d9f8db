/**
 * Owns every key of a place for backups, as `layout.ts` does for the store of the models.
 *
 * ```
 * <target>/
 *   blobs/ab/cd/<hex>                 content as clients see it, stored once for all backups
 *   backups/identity.age              with a passphrase: the key that everything else is encrypted for
 *   backups/<id>/tables/<table>.zst   rows as PostgreSQL's COPY writes them
 *   backups/<id>/blobs.zst            the blobs of this backup, a line each
 *   backups/<id>/manifest.json        written last: without it there is no backup
 *   backups/<id>/verified.json        when the backup was read again, and what was found
 *   backups/<id>/drill.json           when it was restored on trial, and what was found
 *   uploads/                          writes in progress
 * ```
 *
 * With a passphrase `.age` follows the names of blobs, tables, lists and manifests. An id begins with the time in UTC, so
 * that ids sort by it.
 */
import { BLOBS_FOLDER, UPLOADS_FOLDER } from "./layout.ts";

export const BACKUPS_FOLDER = "backups/";
export const TARGET_FOLDERS = [BACKUPS_FOLDER, BLOBS_FOLDER, UPLOADS_FOLDER] as const;
export const IDENTITY_KEY = `${BACKUPS_FOLDER}identity.age`;

const HEX_SHA256 = /^[0-9a-f]{64}$/;
const BACKUP_ID = /^[0-9]{8}-[0-9]{6}-[0-9a-f]{6}$/;
const TABLE = /^[a-z][a-z0-9_]{0,62}$/;

export function isBackupId(text: string): boolean {
  return BACKUP_ID.test(text);
}

export function newBackupId(at: Date, random: string): string {
  const digits = at.toISOString().replace(/\D/g, "");
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${random}`;
}

export function backupFolder(id: string): string {
  if (!BACKUP_ID.test(id)) throw new TypeError("This is not the id of a backup.");
  return `${BACKUPS_FOLDER}${id}/`;
}

export function backupTableKey(id: string, table: string): string {
  if (!TABLE.test(table)) throw new TypeError("This is not the name of a table.");
  return `${backupFolder(id)}tables/${table}.zst`;
}

/** `sha256` is lowercase hex. */
export function backupBlobKey(sha256: string): string {
  if (!HEX_SHA256.test(sha256)) throw new TypeError("A blob is named by a lowercase hex SHA-256.");
  return `${BLOBS_FOLDER}${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`;
}

/** The digest of the blob that a key of `blobs/` with this suffix holds, null for any other key. */
export function parseBackupBlobKey(key: string, suffix: string): string | null {
  if (!key.endsWith(suffix)) return null;
  const sha256 = key.slice(key.lastIndexOf("/") + 1, key.length - suffix.length);
  return HEX_SHA256.test(sha256) && backupBlobKey(sha256) + suffix === key ? sha256 : null;
}

/** The backup that a key of `backups/` belongs to, and its name there; null for any other key. */
export function parseBackupKey(key: string): { id: string; name: string } | null {
  const [folder, id = "", ...rest] = key.split("/");
  if (`${folder}/` !== BACKUPS_FOLDER || !BACKUP_ID.test(id) || rest.length === 0) return null;
  return { id, name: rest.join("/") };
}
