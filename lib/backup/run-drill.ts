import pg from "pg";
import { raiseAlert } from "#lib/alerts/raise-alert.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { isRegistryError } from "#lib/errors.ts";
import type { Outcome } from "#lib/operations/carry-out-operation.ts";
import type { BackupCtx } from "./backup-context.ts";
import { isBadRow } from "./bad-rows.ts";
import { BlobCopier } from "./blob-copier.ts";
import type { ListedBlob } from "./blob-list.ts";
import { findNewest } from "./find-backups.ts";
import { loadDatabase } from "./load-database.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { compareMigrations, prepareSchema } from "./prepare-schema.ts";
import { noteDrilled } from "./results.ts";
import { withScratchDatabase } from "./scratch-database.ts";
import { quoted } from "./tables.ts";
import type { BackupTarget } from "./target.ts";

/** Versions whose files are read from the backup. */
const SAMPLED_VERSIONS = 20;
/** A file so large that reading it would take the whole drill is left to the verification. */
const LARGEST_SAMPLE_BYTES = 2 * 1024 ** 3;

type Tools = { signal: AbortSignal; save: (progress: { rows: number }) => Promise<void> };
type Found = { rows: number; versions: number; files: number; problems: string[] };

/**
 * Restores the newest backup into a scratch database: its rows fit together, there are as many as it says, and the files of some
 * versions come out of it with their SHA-256. Notes the result beside the backup.
 */
export async function runDrill(ctx: BackupCtx, { signal, save }: Tools): Promise<Outcome> {
  const begun = performance.now();
  const target = await ctx.backups.open({ forWriting: false });
  try {
    const id = await findNewest(target);
    const found: Found = { rows: 0, versions: 0, files: 0, problems: [] };
    try {
      await restoreOnTrial(ctx, target, { id, found, signal, save });
    } catch (error) {
      if (!isOfBackup(error)) throw error;
      found.problems.push(isRegistryError(error) ? error.detail : (error as Error).message);
    }
    const seconds = Math.round((performance.now() - begun) / 100) / 10;
    await noteDrilled(target, id, { at: ctx.now().toISOString(), seconds, ...found });
    if (found.problems.length > 0) await alarm(ctx, id, found.problems);
    const progress = { ...found, problems: found.problems.length };
    return found.problems.length === 0
      ? { progress }
      : { progress, error: found.problems.join(" ") };
  } finally {
    await target.close();
  }
}

/** What the backup is to blame for, and not the machine. */
function isOfBackup(error: unknown): boolean {
  if (isBadRow(error)) return true;
  return isRegistryError(error) && ["storage_corrupt", "blob_not_found"].includes(error.code);
}

type Trial = { id: string; found: Found } & Tools;

async function restoreOnTrial(ctx: BackupCtx, target: BackupTarget, trial: Trial): Promise<void> {
  const { id, found, signal, save } = trial;
  const projectFolder = process.cwd();
  const manifest = await readManifest(target, id);
  await compareMigrations(projectFolder, manifest.migrations);
  await withScratchDatabase(ctx.config.database.url ?? "", async (url) => {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => undefined);
    await client.connect();
    try {
      await prepareSchema({ client, url, projectFolder }, manifest.migrations);
      await client.query("begin");
      await loadDatabase(client, target, { manifest, signal, isSettled: false });
      await client.query("commit");
      found.rows = await countRows(client, manifest, found.problems);
      await save({ rows: found.rows });
      await readSample(ctx, client, manifest, trial);
    } finally {
      await client.end().catch(() => undefined);
    }
  });
}

async function countRows(
  client: pg.ClientBase,
  { tables }: Manifest,
  problems: string[],
): Promise<number> {
  let sum = 0;
  for (const { name, rows: expected } of tables) {
    const { rows } = await client.query<{ n: string }>(`select count(*) as n from ${quoted(name)}`);
    const actual = Number(rows[0]?.n);
    if (actual !== expected)
      problems.push(`The table ${name} has ${actual} rows instead of ${expected}.`);
    sum += actual;
  }
  return sum;
}

/** The way of a download, from a version's row to its bytes. */
async function readSample(
  ctx: BackupCtx,
  client: pg.ClientBase,
  { missing }: Manifest,
  { found, signal }: Trial,
): Promise<void> {
  const { rows } = await client.query<{ version_id: string; sha256: string; size: string }>(
    `select version_id, digest as sha256, size_bytes as size from file
     where version_id in (
       select id from version where exists (select from file where file.version_id = version.id)
       order by random() limit $1)
     and digest <> all($2::text[]) and size_bytes <= $3`,
    [SAMPLED_VERSIONS, missing.map(({ sha256 }) => sha256), LARGEST_SAMPLE_BYTES],
  );
  const blobs = new Map<string, ListedBlob>(
    rows.map(({ sha256, size }) => [sha256, { sha256, sizeBytes: Number(size) }]),
  );
  found.versions = new Set(rows.map((row) => row.version_id)).size;
  found.files = rows.length;
  const settings = await ctx.backups.settings({ forWriting: false });
  const copier = new BlobCopier(ctx.config.storage, settings);
  try {
    await copier.forEach("check", blobs.values(), signal, async ({ sha256 }, { failure }) => {
      if (failure === null) return;
      if (!isOfBackup(failure)) throw failure;
      found.problems.push(`sha256:${sha256} cannot be read.`);
    });
  } finally {
    await copier.end();
  }
}

async function alarm(ctx: BackupCtx, id: string, problems: readonly string[]): Promise<void> {
  const detail = { problems: problems.slice(0, 10) };
  await inTransaction(ctx.db, (tx) =>
    raiseAlert(tx, { kind: "backup_damaged", subject: id, detail }, ctx.now()),
  );
}
