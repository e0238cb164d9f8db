import { randomBytes } from "node:crypto";
import type pg from "pg";
import { readAuditKey } from "#lib/audit/audit-chain.ts";
import { isRegistryError, RegistryError } from "#lib/errors.ts";
import { inParallel } from "#lib/in-parallel.ts";
import { addJob } from "#lib/operations/add-job.ts";
import { backupTableKey, newBackupId } from "#lib/storage/backup-layout.ts";
import packageJson from "../../package.json" with { type: "json" };
import type { BackupCtx } from "./backup-context.ts";
import { BlobCopier } from "./blob-copier.ts";
import { compareSorted, type ListedBlob, listStoredBlobs, readBlobList } from "./blob-list.ts";
import { type Dump, dumpDatabase } from "./dump-database.ts";
import { holdBlobs } from "./hold-blobs.ts";
import { FORMAT, type Manifest, writeManifest } from "./manifest.ts";
import { checkRows } from "./rows-file.ts";
import type { BackupTarget } from "./target.ts";

export type BackupProgress = {
  blobs: number;
  bytes: number;
  total_blobs: number;
  total_bytes: number;
  new_blobs: number;
  new_bytes: number;
};
export type BackupInput = {
  signal: AbortSignal;
  save: (progress: BackupProgress) => Promise<void>;
  isAwaited?: boolean;
};

const SAVE_EVERY_MS = 1000;
const CHECKED_AT_ONCE = 8;
/** More of them are not the blobs' fault: the store is not there. */
const MOST_MISSING = 1000;

/**
 * One backup of everything, beside requests and jobs: a hold keeps blobs from being freed, one snapshot of the database says
 * what there is, blobs that the target lacks are copied, and the manifest comes last. Interrupted anywhere, there is no backup,
 * and the next one finds the blobs that this one has copied. `client` is of `withBackupConnection`.
 */
export function createBackup(
  ctx: BackupCtx,
  client: pg.ClientBase,
  target: BackupTarget,
  input: BackupInput,
): Promise<Manifest> {
  return holdBlobs(ctx, async (hold) => {
    const id = newBackupId(await clockOf(client), randomBytes(3).toString("hex"));
    const { signal, isAwaited = false } = input;
    const settings = await ctx.backups.settings({ forWriting: false });
    // Threads start while the tables are written.
    const copier = new BlobCopier(ctx.config.storage, settings, { isAwaited });
    const [dump, { progress, missing }] = await (async () => {
      const written = await dumpDatabase(client, target, id, signal);
      return [
        written,
        await copyMissing(ctx, target, { id, dump: written, copier, input }),
      ] as const;
    })().finally(() => copier.end());
    await checkWritten(target, id, dump, missing);
    await hold.assertHeld();
    input.signal.throwIfAborted();
    const { new_blobs, new_bytes } = progress;
    const manifest: Manifest = {
      format: FORMAT,
      id,
      ...dump,
      finished_at: (await clockOf(client)).toISOString(),
      release: packageJson.version,
      blobs: { ...dump.blobs, new_blobs, new_bytes },
      missing: [...missing].map(([sha256, reason]) => ({ sha256, reason })),
    };
    await writeManifest(target, manifest, await readAuditKey(ctx.db));
    return manifest;
  });
}

async function clockOf(client: pg.ClientBase): Promise<Date> {
  const { rows } = await client.query<{ now: Date }>("select clock_timestamp() as now");
  if (!rows[0]) throw new Error("the database tells no time");
  return rows[0].now;
}

async function copyMissing(
  ctx: BackupCtx,
  target: BackupTarget,
  { id, dump, copier, input }: { id: string; dump: Dump; copier: BlobCopier; input: BackupInput },
): Promise<{ progress: BackupProgress; missing: Map<string, string> }> {
  const { signal, save } = input;
  const missing = new Map<string, string>();
  const progress = {
    ...{ blobs: 0, bytes: 0, new_blobs: 0, new_bytes: 0 },
    ...{ total_blobs: dump.blobs.rows, total_bytes: dump.blobs.size_bytes },
  };
  await save(progress);
  let savedAt = performance.now();
  const count = ({ sizeBytes }: ListedBlob) => {
    progress.blobs += 1;
    progress.bytes += sizeBytes;
  };
  async function* toCopy(): AsyncGenerator<ListedBlob> {
    for await (const blob of compareSorted(readBlobList(target, id), listStoredBlobs(target)))
      if (blob.isThere) count(blob);
      else {
        await assertRoom(ctx, target, blob.sizeBytes);
        yield blob;
      }
  }
  await copier.forEach("copyOut", toCopy(), signal, async (blob, { failure }) => {
    if (failure !== null && !isUnreadable(failure)) throw failure;
    count(blob);
    if (failure !== null) {
      missing.set(blob.sha256, (failure as RegistryError).detail);
      await checkSoon(ctx, blob.sha256);
    } else {
      progress.new_blobs += 1;
      progress.new_bytes += blob.sizeBytes;
    }
    if (missing.size > MOST_MISSING) throw failure;
    if (performance.now() - savedAt < SAVE_EVERY_MS) return;
    savedAt = performance.now();
    await save({ ...progress });
  });
  await save(progress);
  return { progress, missing };
}

/** The blob is missing or damaged in the store. */
function isUnreadable(failure: unknown): boolean {
  return isRegistryError(failure) && failure.code === "storage_corrupt";
}

/** Raises the alert, and heals the blob if there is another copy anywhere. */
function checkSoon(ctx: BackupCtx, sha256: string): Promise<void> {
  return addJob(ctx.db, "check-blob", { sha256 }, { key: `check-blob:${sha256}` });
}

/** The volume of the target keeps as much free as that of the models. */
async function assertRoom(ctx: BackupCtx, target: BackupTarget, bytes: number): Promise<void> {
  const capacity = await target.storage.capacity();
  const { minFreeSpaceBytes } = ctx.config.storage;
  if (capacity === null || capacity.freeBytes - bytes >= minFreeSpaceBytes) return;
  throw new RegistryError(
    "insufficient_storage",
    `There is no room for the backup in ${ctx.backups.name}: storage.min_free_space stays free.`,
  );
}

/** What is about to be called a backup is read again, and every blob that it names is looked for. */
async function checkWritten(
  target: BackupTarget,
  id: string,
  dump: Dump,
  missing: ReadonlyMap<string, string>,
): Promise<void> {
  await inParallel(CHECKED_AT_ONCE, dump.tables, (table) =>
    checkRows(target, backupTableKey(id, table.name), table),
  );
  for await (const blob of compareSorted(readBlobList(target, id), listStoredBlobs(target)))
    if (!blob.isThere && !missing.has(blob.sha256))
      throw new RegistryError(
        "storage_corrupt",
        `sha256:${blob.sha256} was written to ${target.storage.kind} and is not there.`,
      );
}
