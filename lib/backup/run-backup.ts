import { raiseAlert, resolveAlert, resolveAlertsOf } from "#lib/alerts/raise-alert.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { isRegistryError, RegistryError } from "#lib/errors.ts";
import type { Outcome } from "#lib/operations/carry-out-operation.ts";
import { startOperation } from "#lib/operations/start-operation.ts";
import type { BackupCtx } from "./backup-context.ts";
import { type BackupInput, createBackup } from "./create-backup.ts";
import { withBackupConnection } from "./dump-database.ts";
import type { Manifest } from "./manifest.ts";
import { pruneBackups } from "./prune-backups.ts";
import { verificationSubject } from "./verification-subject.ts";

/** `wanted`: the place that somebody has asked for; null is wherever this process has its backups. */
type Input = BackupInput & { wanted?: string | null };

/** A backup, then the removal of those that are not to be kept, then a look at a share of what there is. */
export async function runBackup(
  ctx: BackupCtx,
  { wanted = null, ...input }: Input,
): Promise<Outcome> {
  const { place } = ctx.backups;
  if (wanted !== null && wanted !== place) throw otherPlace(wanted, place);
  try {
    const { manifest, problem } = await backUp(ctx, input);
    // Also those of a place that the configuration named before.
    await inTransaction(ctx.db, (tx) => resolveAlertsOf(tx, "backup_failed", ctx.now()));
    await verifySoon(ctx, manifest.id);
    const problems = [problem, missingOf(manifest)].filter((text) => text !== null);
    const { rows: blobs, size_bytes: bytes, new_blobs, new_bytes } = manifest.blobs;
    const progress = { blobs, bytes, new_blobs, new_bytes };
    const outcome = { progress, subject: place };
    return problems.length === 0 ? outcome : { ...outcome, error: problems.join(" ") };
  } catch (error) {
    if (!input.signal.aborted) await alarm(ctx, error);
    throw error;
  }
}

/** Nothing has failed: two processes were told different things, and one of them asks the other. */
function otherPlace(wanted: string, place: string): RegistryError {
  return new RegistryError(
    "precondition_failed",
    `A backup was asked for in ${wanted}, and the server that would make it has its own in ${place}. Give both the same backup settings.`,
  );
}

/** `problem`: why nothing was removed; the backup itself is whole. */
async function backUp(
  ctx: BackupCtx,
  input: BackupInput,
): Promise<{ manifest: Manifest; problem: string | null }> {
  const target = await ctx.backups.open({ forWriting: true });
  try {
    return await withBackupConnection(ctx.config.database.url ?? "", async (client) => {
      const manifest = await createBackup(ctx, client, target, input);
      try {
        const { ids } = await pruneBackups(target, ctx.config.backup.keep, input);
        for (const id of ids) await forget(ctx, id);
        return { manifest, problem: null };
      } catch (error) {
        ctx.log.warn({ operation: "prune_backups", error }, "failed");
        const reason = isRegistryError(error) ? error.detail : "The log says why.";
        return { manifest, problem: `Old backups could not be removed: ${reason}` };
      }
    });
  } finally {
    await target.close();
  }
}

/** Nobody asks any more whether a backup that is gone could be restored. */
function forget(ctx: BackupCtx, id: string): Promise<void> {
  return inTransaction(ctx.db, (tx) => resolveAlert(tx, "backup_damaged", id, ctx.now()));
}

function missingOf({ missing }: Manifest): string | null {
  if (missing.length === 0) return null;
  const [first] = missing;
  return `${missing.length} blobs could not be read and are in no backup, such as sha256:${first?.sha256}.`;
}

/** That of before is still running, or waits: then it will do. */
async function verifySoon(ctx: BackupCtx, id: string): Promise<void> {
  const subject = verificationSubject({ id, isFull: false });
  await startOperation(ctx, { kind: "verification", subject }).catch((error) => {
    if (!isRegistryError(error) || error.code !== "run_in_progress") throw error;
  });
}

async function alarm(ctx: BackupCtx, error: unknown): Promise<void> {
  const reason = isRegistryError(error) ? error.detail : String(error);
  const subject = ctx.backups.name ?? "";
  const alert = { kind: "backup_failed", subject, detail: { reason } } as const;
  await inTransaction(ctx.db, (tx) => raiseAlert(tx, alert, ctx.now())).catch((failure) =>
    ctx.log.error({ operation: "backup", error: failure }, "the alert could not be raised"),
  );
}
