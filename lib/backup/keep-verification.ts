import { raiseAlert, resolveAlert } from "#lib/alerts/raise-alert.ts";
import { listAuditKeys, shortPublicKey } from "#lib/audit/audit-keys.ts";
import type { Database } from "#lib/db/client.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { isRegistryError } from "#lib/errors.ts";
import { backupBlobKey } from "#lib/storage/backup-layout.ts";
import { quarantineKey } from "#lib/storage/layout.ts";
import type { BackupCtx } from "./backup-context.ts";
import { BlobCopier } from "./blob-copier.ts";
import { noBackup } from "./manifest.ts";
import { noteVerified } from "./results.ts";
import type { BackupTarget } from "./target.ts";
import { type Verification, type VerifyInput, verifyBackup } from "./verify-backup.ts";

/** `db`: of the registry whose backup it is, which knows its keys and is told of damage; null where there is none. */
type Place = Pick<BackupCtx, "backups" | "config" | "now"> & { db: Database | null };

/**
 * Verifies a backup and keeps what was found: in a note beside it, and as an alert, which a verification of all of it ends. A blob
 * that is damaged is set aside, so that the next backup copies it once more. Throws `not_found`.
 */
export async function keepVerification(
  { backups, config, db, now }: Place,
  { isAwaited = false, ...input }: VerifyInput & { isAwaited?: boolean },
): Promise<Verification> {
  const { id, share, signal } = input;
  const target = await backups.open({ forWriting: false });
  const settings = await backups.settings({ forWriting: false });
  const copier = new BlobCopier(config.storage, settings, { isAwaited });
  try {
    const found = await verifyBackup(target, copier, input);
    const { blobs, bytes, problems, manifest, signedBy } = found;
    // Removed meanwhile, or never there.
    if (manifest === null && problems[0] === noBackup(id).detail) throw noBackup(id);
    if (db !== null && signedBy !== null && !(await isKeyOf(db, signedBy)))
      problems.push(`The manifest is signed by ${signedBy}, which is no key of this registry.`);
    await setAside(target, copier, found, signal);
    const is_full = share === null;
    await noteVerified(target, id, { at: now().toISOString(), is_full, blobs, bytes, problems });
    if (db !== null) await tellOf(db, now(), { id, problems, isFull: is_full });
    return found;
  } finally {
    await copier.end();
    await target.close();
  }
}

async function isKeyOf(db: Database, signedBy: string): Promise<boolean> {
  return (await listAuditKeys(db)).some((key) => shortPublicKey(key) === signedBy);
}

/** Damage is believed when it is seen twice: the medium, or memory, may have failed once. */
async function setAside(
  target: BackupTarget,
  copier: BlobCopier,
  { damaged }: Verification,
  signal: AbortSignal,
): Promise<void> {
  await copier.forEach("check", damaged, signal, async ({ sha256 }, { failure }) => {
    if (!isRegistryError(failure) || failure.code !== "storage_corrupt") return;
    const key = backupBlobKey(sha256) + target.suffix;
    await target.storage.move(key, quarantineKey(key));
  });
}

async function tellOf(
  db: Database,
  at: Date,
  { id, problems, isFull }: { id: string; problems: readonly string[]; isFull: boolean },
): Promise<void> {
  await inTransaction(db, async (tx) => {
    if (problems.length > 0) {
      const detail = { problems: problems.slice(0, 10) };
      await raiseAlert(tx, { kind: "backup_damaged", subject: id, detail }, at);
    } else if (isFull) await resolveAlert(tx, "backup_damaged", id, at);
  });
}
