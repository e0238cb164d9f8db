import { assertMay } from "#lib/access/policy.ts";
import { RegistryError } from "#lib/errors.ts";
import type { OperationWire } from "#lib/operations/schema.ts";
import { startOperation } from "#lib/operations/start-operation.ts";
import { operationToWire } from "#lib/operations/store.ts";
import type { BackupCtx } from "./backup-context.ts";
import { SET_A_TARGET } from "./backup-targets.ts";
import { readManifest } from "./manifest.ts";
import { verificationSubject } from "./verification-subject.ts";

/**
 * Makes a backup in the background. With `isPlaceFixed` a server that has another place for backups than this process makes none.
 * Throws `run_in_progress`, and `precondition_failed` where backups are switched off.
 */
export async function startBackup(
  ctx: BackupCtx,
  { isPlaceFixed = false } = {},
): Promise<OperationWire> {
  assertManager(ctx);
  const subject = isPlaceFixed ? ctx.backups.place : null;
  return operationToWire(await startOperation(ctx, { kind: "backup", subject }));
}

/** Reads a backup again in the background. Throws `not_found`, `run_in_progress`. */
export async function startVerification(
  ctx: BackupCtx,
  { id, all }: { id: string; all: boolean },
): Promise<OperationWire> {
  assertManager(ctx);
  const target = await ctx.backups.open({ forWriting: false });
  try {
    // One with a damaged manifest can be verified too: that is what is found then.
    await readManifest(target, id).catch((error) => {
      if (!(error instanceof RegistryError) || error.code !== "storage_corrupt") throw error;
    });
  } finally {
    await target.close();
  }
  const subject = verificationSubject({ id, isFull: all });
  return operationToWire(await startOperation(ctx, { kind: "verification", subject }));
}

/** Restores the newest backup on trial, in the background. Throws `run_in_progress`. */
export async function startDrill(ctx: BackupCtx): Promise<OperationWire> {
  assertManager(ctx);
  return operationToWire(await startOperation(ctx, { kind: "drill", subject: null }));
}

function assertManager(ctx: BackupCtx): void {
  assertMay(ctx, "backup.manage");
  if (ctx.backups.isEnabled) return;
  throw new RegistryError(
    "precondition_failed",
    ctx.backups.isTargetMissing
      ? `There are no backups: ${SET_A_TARGET}.`
      : "Backups are switched off: storage.backup_enabled is false, or storage.driver is memory.",
  );
}
