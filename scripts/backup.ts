/**
 * `npm run backup`: makes a backup now, beside a running server or without one. Set the same configuration as for the server, which
 * refuses when it has another place for backups. A server does the work, or this process where none runs; this one tells how far it is.
 */
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SYSTEM } from "../lib/access/actor.ts";
import { BackupTargets } from "../lib/backup/backup-targets.ts";
import { findTargetProblem } from "../lib/backup/find-target-problem.ts";
import { startBackup } from "../lib/backup/start-backup.ts";
import { composeServices, type Services } from "../lib/compose.ts";
import type { Config } from "../lib/config/config.ts";
import { loadConfig } from "../lib/config/load-config.ts";
import { applyMigrations } from "../lib/db/migrate.ts";
import { isRegistryError } from "../lib/errors.ts";
import { createBackupHandlers } from "../lib/job-handlers.ts";
import type { ModelCtx } from "../lib/models/model-context.ts";
import { getOperation } from "../lib/operations/get-operation.ts";
import { JobRunner } from "../lib/operations/job-runner.ts";
import { listOperations } from "../lib/operations/list-operations.ts";
import type { OperationWire } from "../lib/operations/schema.ts";
import { hasWorkers } from "../lib/operations/worker-presence.ts";
import { openCommandDatabase } from "./lib/command-database.ts";
import { CommandError } from "./lib/command-error.ts";
import { runCommand } from "./lib/run-command.ts";
import { counted, say } from "./lib/say.ts";

const projectFolder = resolve(import.meta.dirname, "..");
const LOOK_EVERY_MS = 500;
const TELL_EVERY_MS = 5000;

/** Runs backups in this process, once it is started. */
type Worker = { jobs: JobRunner | null };

async function backUp(configured: Config, signal: AbortSignal): Promise<number> {
  const backups = new BackupTargets(configured);
  // The queue would try it again and again.
  const problem = backups.isEnabled ? await findTargetProblem(backups) : null;
  if (problem !== null) throw new CommandError(problem);
  const database = await openCommandDatabase(configured, { isShared: true, isMade: false });
  try {
    const { config, ownerUrl } = database;
    await applyMigrations(ownerUrl, projectFolder);
    const services = await composeServices(config, { background: false });
    const ctx = services.createContext({ requestId: null, address: null, actor: SYSTEM });
    const worker: Worker = { jobs: null };
    try {
      const { id } = await startOrJoin(ctx);
      const ended = await follow(ctx, id, signal, () => workUnlessOthersDo(worker, services, ctx));
      return tellEnd(ended, backups.place);
    } finally {
      await worker.jobs?.close();
      await services.close();
    }
  } finally {
    await database.close();
  }
}

/** Only this kind of work is done here; everything else waits for a server. */
async function workUnlessOthersDo(
  worker: Worker,
  { config, db, log }: Services,
  ctx: ModelCtx,
): Promise<void> {
  if (worker.jobs !== null || (await hasWorkers(db))) return;
  const { "back-up": handler } = createBackupHandlers(ctx, { isAwaited: true });
  worker.jobs = await JobRunner.start(config.database.url ?? "", { "back-up": handler }, log);
}

async function startOrJoin(ctx: ModelCtx): Promise<OperationWire> {
  try {
    const operation = await startBackup(ctx, { isPlaceFixed: true });
    say("Target", ctx.backups.place);
    return operation;
  } catch (error) {
    if (!isRegistryError(error) || error.code !== "run_in_progress") throw error;
    say("Note", "a backup is under way already; this follows it");
    for (const state of ["running", "queued"] as const) {
      const { items } = await listOperations(ctx, { kind: "backup", state, limit: 1 });
      if (items[0]) return items[0];
    }
    throw error;
  }
}

/** `help` is called again and again: a server that does the work may go away. */
async function follow(
  ctx: ModelCtx,
  id: string,
  signal: AbortSignal,
  help: () => Promise<void>,
): Promise<OperationWire> {
  let toldAt = Date.now();
  for (;;) {
    await help();
    const operation = await getOperation(ctx, { id });
    if (operation.finished_at !== null) return operation;
    if (Date.now() - toldAt > TELL_EVERY_MS) {
      toldAt = Date.now();
      const { blobs = 0, total_blobs = 0, bytes = 0 } = operation.progress;
      say("Backup", `${blobs} of ${counted(total_blobs ?? 0, "blob")}, ${megabytes(bytes)}`);
      if (operation.error !== null) say("Note", `tried again after: ${operation.error}`);
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

function tellEnd({ state, error, progress, subject }: OperationWire, place: string): number {
  if (state !== "done") throw new CommandError(error ?? `The backup was ${state}.`);
  // One that was under way already is where its server wanted it.
  if (subject !== place)
    throw new CommandError(
      `The backup is in ${subject}, and these settings name ${place}. Give both the same backup settings.`,
    );
  const { blobs = 0, bytes = 0, new_blobs = 0, new_bytes = 0 } = progress;
  const all = `${counted(blobs ?? 0, "blob")}, ${megabytes(bytes)}`;
  say("Done", `${all}; ${new_blobs} new, ${megabytes(new_bytes)}`);
  if (error === null) return 0;
  say("Problem", error);
  return 2;
}

const megabytes = (bytes: number | null) => `${((bytes ?? 0) / 1e6).toFixed(1)} MB`;

const usage = `npm run backup

Makes a backup of everything now, beside a running server or without one. It takes no arguments: set the same configuration
as for the server. docs/backup.md has more.`;

await runCommand({ usage, options: {}, words: { most: 0 } }, (_given, signal) =>
  backUp(loadConfig(), signal),
);
