import { assertMay } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import type { MlflowSync, Operation } from "#lib/db/generated/client.ts";
import { RegistryError } from "#lib/errors.ts";
import { operationToWire } from "#lib/operations/store.ts";
import { nextTime } from "#lib/wire/cron.ts";
import type { SyncWire } from "./schema.ts";
import { readSyncSubject, syncSubject } from "./sync-subject.ts";

/** By name. */
export async function listSyncs(ctx: Ctx): Promise<{ items: SyncWire[] }> {
  assertMay(ctx, "integration.manage");
  const rows = await ctx.db.mlflowSync.findMany({ orderBy: { name: "asc" } });
  const runs = await lastRuns(ctx, rows);
  return { items: rows.map((row) => syncToWire(ctx, row, runs.get(row.id) ?? null)) };
}

/** Throws `sync_not_found`. */
export async function getSync(ctx: Ctx, { id }: { id: string }): Promise<SyncWire> {
  const row = await getSyncRow(ctx, id);
  return syncToWire(ctx, row, (await lastRuns(ctx, [row])).get(id) ?? null);
}

/** Throws `sync_not_found`. */
export async function getSyncRow(ctx: Ctx, id: string): Promise<MlflowSync> {
  assertMay(ctx, "integration.manage");
  const row = await ctx.db.mlflowSync.findUnique({ where: { id } });
  if (row === null) throw new RegistryError("sync_not_found", `There is no synchronisation ${id}.`);
  return row;
}

/** Subjects of a rule's operations. */
export const subjectsOf = (id: string) => [
  syncSubject({ id, isDryRun: false }),
  syncSubject({ id, isDryRun: true }),
];

/** Of a real run and a trial run the newer one. */
async function lastRuns(ctx: Ctx, rows: readonly MlflowSync[]): Promise<Map<string, Operation>> {
  const newest = await ctx.db.$queryRaw<{ id: bigint }[]>`
    select max(id) as id from operation
    where kind = 'mlflow_sync' and split_part(subject, ' ', 1) = any(${rows.map(({ id }) => id)}::text[])
    group by split_part(subject, ' ', 1)`;
  const runs = await ctx.db.operation.findMany({
    where: { id: { in: newest.map(({ id }) => id) } },
  });
  return new Map(runs.map((run) => [readSyncSubject(run.subject).id, run]));
}

export function syncToWire(ctx: Ctx, row: MlflowSync, last: Operation | null): SyncWire {
  const { schedule } = row;
  return {
    id: row.id,
    name: row.name,
    tracking_uri: row.trackingUri,
    models: row.models,
    direction: row.direction as SyncWire["direction"],
    schedule,
    policy: row.policy as SyncWire["policy"],
    deletions: row.deletions,
    username: row.username,
    has_secret: row.secret !== null,
    next_at: schedule === null ? null : (nextTime(schedule, ctx.now())?.toISOString() ?? null),
    last_run: last && operationToWire(last),
    created_at: row.createdAt.toISOString(),
    created_by: row.createdBy,
    saved_at: row.savedAt.toISOString(),
    saved_by: row.savedBy,
  };
}
