import pg from "pg";
import type { Config } from "#lib/config/config.ts";
import { applyMigrations } from "#lib/db/migrate.ts";
import { RegistryError } from "#lib/errors.ts";
import type { StorageDriver } from "#lib/storage/contract.ts";
import type { BackupTargets } from "./backup-targets.ts";
import { isBadRow } from "./bad-rows.ts";
import { BlobCopier } from "./blob-copier.ts";
import { compareSorted, type ListedBlob, listStoredBlobs, readBlobList } from "./blob-list.ts";
import { copyCheckpoints } from "./copy-checkpoints.ts";
import {
  assertEmpty,
  assertNoServer,
  beginRestore,
  endRestore,
  recordRestore,
} from "./empty-registry.ts";
import { chooseBackup } from "./find-backups.ts";
import { loadDatabase } from "./load-database.ts";
import type { Manifest } from "./manifest.ts";
import { compareMigrations, prepareSchema } from "./prepare-schema.ts";
import type { BackupTarget } from "./target.ts";
import { verifyBackup } from "./verify-backup.ts";

export type RestoreProgress = { step: "check" | "blobs" | "rows"; blobs: number; of: number };
export type RestoreInput = {
  config: Config;
  /** Of the role that owns the tables: it makes them, and switches triggers off. */
  ownerUrl: string;
  /** The store of the models, ready to be written. */
  storage: StorageDriver;
  backups: BackupTargets;
  projectFolder: string;
  /** An id, or `latest`. */
  id: string;
  /** The public key that must have signed it, as `ed25519:...`; without it any may have. */
  signer?: string | undefined;
  signal: AbortSignal;
  onProgress: (progress: RestoreProgress) => void;
  /** Who has signed the backup, as soon as its manifest is read. */
  onSigned?: (signedBy: string) => void;
};
/** `missing` of the manifest has what could not be restored. */
export type Restored = { manifest: Manifest; copied: number };

/** A backup that cannot be restored; the message has what was found. Nothing of it was restored. */
export class DamagedBackupError extends Error {
  override readonly name = "DamagedBackupError";
}

/**
 * Restores a backup into an empty registry. Everything is checked before anything is restored: that nothing would be
 * overwritten, and every byte of the backup. Blobs come first, then all rows in one transaction: an interrupted restore leaves a
 * registry that no server starts on, from the check to the end, and goes on where it was. Throws RegistryError and DamagedBackupError with sentences.
 */
export async function restoreBackup(input: RestoreInput): Promise<Restored> {
  const { config, backups } = input;
  const target = await backups.open({ forWriting: false });
  const url = input.ownerUrl;
  const client = new pg.Client({
    connectionString: url,
    application_name: "model-registry-restore",
  });
  client.on("error", () => undefined);
  const settings = await backups.settings({ forWriting: false });
  const copier = new BlobCopier(config.storage, settings, { isAwaited: true });
  try {
    await client.connect();
    const id = await chooseBackup(target, input.id);
    await assertNoServer(client);
    const interrupted = await assertEmpty(client, input.storage);
    await beginRestore(client, id);
    const { manifest, hasLater } = await checkAll(input, target, copier, id).catch(
      async (error) => {
        // It could not go on: what was there before is there now. Stopped, it is run again.
        const settle = () =>
          interrupted === null ? endRestore(client) : beginRestore(client, interrupted);
        if (!input.signal.aborted) await settle().catch(() => undefined);
        throw error;
      },
    );
    await prepareSchema({ client, url, projectFolder: input.projectFolder }, manifest.migrations);
    const restored = await copyBlobs(input, target, copier, manifest);
    await loadRows(input, target, client, restored);
    if (hasLater) await applyMigrations(url, input.projectFolder);
    return restored;
  } finally {
    await client.end().catch(() => undefined);
    await copier.end();
    await target.close();
  }
}

async function checkAll(
  { signal, signer, projectFolder, onProgress, onSigned }: RestoreInput,
  target: BackupTarget,
  copier: BlobCopier,
  id: string,
): Promise<{ manifest: Manifest; hasLater: boolean }> {
  const { manifest, problems } = await verifyBackup(target, copier, {
    id,
    share: null,
    signal,
    onManifest({ manifest: { blobs }, signedBy }) {
      onSigned?.(signedBy);
      if (signer !== undefined && signedBy !== signer)
        throw new DamagedBackupError(
          `The manifest of the backup ${id} is signed by ${signedBy}, not by ${signer}. Nothing of it was restored.`,
        );
      onProgress({ step: "check", blobs: 0, of: blobs.rows });
    },
    onProgress: async ({ blobs, of }) => onProgress({ step: "check", blobs, of }),
  });
  if (manifest === null || problems.length > 0)
    throw new DamagedBackupError(
      `The backup ${id} is damaged, and nothing of it was restored:\n${problems.map((line) => `  - ${line}`).join("\n")}\nAnother backup may be sound.`,
    );
  return { manifest, ...(await compareMigrations(projectFolder, manifest.migrations)) };
}

/** Blobs that were missing when the backup was made are restored too if a later one has them. */
async function copyBlobs(
  { signal, onProgress }: RestoreInput,
  target: BackupTarget,
  copier: BlobCopier,
  manifest: Manifest,
): Promise<Restored> {
  const { id, blobs } = manifest;
  const known = new Map(manifest.missing.map((blob) => [blob.sha256, blob]));
  const missing: Manifest["missing"] = [];
  async function* toCopy(): AsyncGenerator<ListedBlob> {
    for await (const blob of compareSorted(readBlobList(target, id), listStoredBlobs(target))) {
      const gone = blob.isThere ? undefined : known.get(blob.sha256);
      if (gone) missing.push(gone);
      else yield blob;
    }
  }
  let copied = 0;
  let done = 0;
  onProgress({ step: "blobs", blobs: 0, of: blobs.rows });
  await copier.forEach("copyIn", toCopy(), signal, async (_blob, { isCopied, failure }) => {
    if (failure !== null) throw failure;
    done += 1;
    if (isCopied) copied += 1;
    onProgress({ step: "blobs", blobs: done, of: blobs.rows });
  });
  return { manifest: { ...manifest, missing }, copied };
}

async function loadRows(
  { storage, signal, onProgress }: RestoreInput,
  target: BackupTarget,
  client: pg.Client,
  { manifest, copied }: Restored,
): Promise<void> {
  onProgress({ step: "rows", blobs: manifest.blobs.rows, of: manifest.blobs.rows });
  await client.query("begin");
  try {
    await endRestore(client);
    await loadDatabase(client, target, { manifest, signal });
    await copyCheckpoints(client, storage);
    await recordRestore(client, manifest.id, { blobs: manifest.blobs.rows, new_blobs: copied });
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    if (isBadRow(error))
      throw new RegistryError(
        "storage_corrupt",
        `The rows of the backup ${manifest.id} do not fit together: ${error.message}`,
        { cause: error },
      );
    throw error;
  }
}
