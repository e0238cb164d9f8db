import { setTimeout as sleep } from "node:timers/promises";
import { assertMay } from "#lib/access/policy.ts";
import { isRegistryError, RegistryError } from "#lib/errors.ts";
import type { OperationKind } from "#lib/operations/schema.ts";
import { operationToWire } from "#lib/operations/store.ts";
import { nextTime } from "#lib/wire/cron.ts";
import type { BackupCtx } from "./backup-context.ts";
import { SET_A_TARGET } from "./backup-targets.ts";
import { timeOf } from "./choose-kept.ts";
import { type FoundBackup, findBackups } from "./find-backups.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { readDrilled, readVerified } from "./results.ts";
import type { BackupsWire, BackupWire } from "./schema.ts";
import type { BackupTarget } from "./target.ts";

/** A disk or a bucket that does not answer must not keep the page from saying so. */
const TIMEOUT_MS = 15_000;

const KINDS = ["backup", "verification", "drill"] as const satisfies OperationKind[];

/** The backups that are in their place now, the newest first, and when the next one comes. */
export async function listBackups(ctx: BackupCtx): Promise<BackupsWire> {
  assertMay(ctx, "backup.read");
  const { schedule, drillSchedule } = ctx.config.backup;
  const { isEnabled } = ctx.backups;
  const next = (pattern: string | null) =>
    isEnabled && pattern !== null ? (nextTime(pattern, ctx.now())?.toISOString() ?? null) : null;
  const problemOfNone = ctx.backups.isTargetMissing
    ? `There are no backups: ${SET_A_TARGET}.`
    : null;
  const nothing = { items: [] as BackupWire[], problem: problemOfNone };
  const [{ items, problem }, active] = await Promise.all([
    isEnabled ? readItems(ctx) : nothing,
    ctx.db.operation.findMany({
      where: { kind: { in: [...KINDS] }, state: { in: ["queued", "running"] } },
      orderBy: { id: "asc" },
    }),
  ]);
  return {
    enabled: isEnabled,
    target: ctx.backups.name,
    encrypted: ctx.backups.isEncrypted,
    beside_models: ctx.backups.isBesideModels,
    schedule: isEnabled ? schedule : null,
    next_at: next(schedule),
    next_drill_at: next(drillSchedule),
    active: active.map(operationToWire),
    problem,
    items,
    next_cursor: null,
    total: items.length,
  };
}

async function readItems(ctx: BackupCtx): Promise<{ items: BackupWire[]; problem: string | null }> {
  const timeout = new AbortController();
  const late = sleep(TIMEOUT_MS, undefined, { signal: timeout.signal }).then(() => {
    throw new RegistryError("unavailable", `${ctx.backups.name} does not answer.`);
  });
  try {
    return { items: await Promise.race([readAll(ctx), late]), problem: null };
  } catch (error) {
    if (isNothingYet(error)) return { items: [], problem: null };
    ctx.log.warn({ operation: "list_backups", error }, "the place for backups cannot be read");
    const detail = isRegistryError(error) ? error.detail : "The place cannot be read.";
    return { items: [], problem: detail };
  } finally {
    timeout.abort();
    late.catch(() => undefined);
  }
}

/** With a passphrase a new place has no key yet. */
const isNothingYet = (error: unknown) => isRegistryError(error) && error.code === "not_found";

async function readAll(ctx: BackupCtx): Promise<BackupWire[]> {
  const target = await ctx.backups.open({ forWriting: false });
  try {
    const { finished } = await findBackups(target);
    return await Promise.all(finished.map((found) => readOne(target, found)));
  } finally {
    await target.close();
  }
}

async function readOne(target: BackupTarget, found: FoundBackup): Promise<BackupWire> {
  const { id, isEncrypted } = found;
  const [{ manifest, problem }, verified, drill] = await Promise.all([
    readOrExplain(target, found),
    readVerified(target, id),
    readDrilled(target, id),
  ]);
  const problems = [...(verified?.problems ?? []), ...(drill?.problems ?? [])];
  const { new_blobs = 0, new_bytes = 0, rows: blobs = 0, size_bytes = 0 } = manifest?.blobs ?? {};
  return {
    id,
    state: manifest === null ? "unreadable" : problems.length > 0 ? "damaged" : "sound",
    problem: problem ?? problems[0] ?? null,
    created_at: manifest?.created_at ?? timeOf(id).toISOString(),
    encrypted: isEncrypted,
    release: manifest?.release ?? null,
    rows: manifest?.tables.reduce((sum, { rows }) => sum + rows, 0) ?? 0,
    ...{ blobs, size_bytes, new_blobs, new_bytes },
    missing_blobs: manifest?.missing.length ?? 0,
    verified,
    drill,
  };
}

async function readOrExplain(
  target: BackupTarget,
  { id, isEncrypted }: FoundBackup,
): Promise<{ manifest: Manifest | null; problem: string | null }> {
  if (isEncrypted !== target.isEncrypted)
    return {
      manifest: null,
      problem: isEncrypted
        ? "It is encrypted, and backup.passphrase is not set."
        : "It is not encrypted, and backup.passphrase is set.",
    };
  try {
    return { manifest: await readManifest(target, id), problem: null };
  } catch (error) {
    if (!isRegistryError(error)) throw error;
    return { manifest: null, problem: error.detail };
  }
}
