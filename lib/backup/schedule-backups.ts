import { raiseAlert, resolveAlertsOf } from "#lib/alerts/raise-alert.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { isRegistryError } from "#lib/errors.ts";
import type { OperationWire } from "#lib/operations/schema.ts";
import { nextTime } from "#lib/wire/cron.ts";
import type { BackupCtx } from "./backup-context.ts";
import { startBackup, startDrill } from "./start-backup.ts";

/** After the time at which a backup should have begun: it may take hours, or be tried several times. */
const OVERDUE_AFTER_MS = 6 * 60 * 60 * 1000;

/** Called every minute by one replica: begins what is due, and tells of what should have been there long ago. */
export async function scheduleBackups(ctx: BackupCtx): Promise<void> {
  if (!ctx.backups.isEnabled) return expectNone(ctx);
  const { schedule, drillSchedule } = ctx.config.backup;
  if (await isDue(ctx, "backup", schedule)) await unlessRunning(() => startBackup(ctx));
  if ((await hasBackup(ctx)) && (await isDue(ctx, "drill", drillSchedule)))
    await unlessRunning(() => startDrill(ctx));
  await noteOverdue(ctx, schedule);
}

/** Nobody waits any more for a backup that was late. */
function expectNone(ctx: BackupCtx): Promise<void> {
  return inTransaction(ctx.db, (tx) => resolveAlertsOf(tx, "backup_overdue", ctx.now()));
}

/** The schedule's first time after the newest whole backup is long over, and none is being made. */
async function noteOverdue(ctx: BackupCtx, schedule: string | null): Promise<void> {
  const subject = ctx.backups.name ?? "";
  type Row = { since: Date | null; last: Date | null; now: Date; is_under_way: boolean };
  const [row] = await ctx.db.$queryRaw<Row[]>`
    select coalesce(done.last, (select min(created_at) from model)) as since, done.last, now() as now,
      exists (
        select 1 from operation where kind = 'backup' and state in ('queued', 'running')
          and created_at > now() - make_interval(secs => ${OVERDUE_AFTER_MS / 1000})) as is_under_way
    from (select max(created_at) as last from operation where kind = 'backup' and state = 'done') as done`;
  const next = schedule !== null && row?.since ? nextTime(schedule, row.since) : null;
  const isOverdue =
    next !== null &&
    row !== undefined &&
    !row.is_under_way &&
    next.getTime() + OVERDUE_AFTER_MS <= row.now.getTime();
  await inTransaction(ctx.db, (tx) =>
    isOverdue
      ? raiseAlert(
          tx,
          {
            kind: "backup_overdue",
            subject,
            detail: { due: next.toISOString(), last: row.last?.toISOString() ?? null },
          },
          ctx.now(),
        )
      : resolveAlertsOf(tx, "backup_overdue", ctx.now()),
  );
}

/**
 * A time of the schedule has passed since the last one was begun, by whomever. A registry that was switched off at that time
 * makes up for it once; a new one has nothing to lose before its first model.
 */
async function isDue(
  ctx: BackupCtx,
  kind: "backup" | "drill",
  pattern: string | null,
): Promise<boolean> {
  if (pattern === null) return false;
  const [row] = await ctx.db.$queryRaw<{ since: Date | null }[]>`
    select coalesce(
      (select max(created_at) from operation where kind = ${kind}),
      (select min(created_at) from model)
    ) as since`;
  if (!row?.since) return false;
  const next = nextTime(pattern, row.since);
  return next !== null && next <= (await databaseNow(ctx.db));
}

async function hasBackup(ctx: BackupCtx): Promise<boolean> {
  const where = { kind: "backup", state: "done" };
  return (await ctx.db.operation.findFirst({ where, select: { id: true } })) !== null;
}

async function unlessRunning(start: () => Promise<OperationWire>): Promise<void> {
  try {
    await start();
  } catch (error) {
    if (!isRegistryError(error) || error.code !== "run_in_progress") throw error;
  }
}
