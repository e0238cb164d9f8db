import { z } from "zod";
import type { Ctx } from "#lib/context.ts";
import type { MlflowSyncItem, Operation } from "#lib/db/generated/client.ts";
import { RegistryError } from "#lib/errors.ts";
import { operationToWire } from "#lib/operations/store.ts";
import { cursorsOf, rowId } from "#lib/wire/cursor.ts";
import { getSyncRow, subjectsOf } from "./list-syncs.ts";
import { listOverrides } from "./run-override.ts";
import type { ItemKind, ItemWire, ReportWire, RunWire } from "./schema.ts";
import { readSyncSubject } from "./sync-subject.ts";

/** Runs whose reports are shown; older ones are in the list of operations. */
const RUNS_SHOWN = 20;

const cursors = cursorsOf("mlflow-sync-items", z.tuple([rowId]));

/** The newest first. Throws `sync_not_found`. */
export async function listRuns(ctx: Ctx, { id }: { id: string }): Promise<{ items: RunWire[] }> {
  await getSyncRow(ctx, id);
  const rows = await ctx.db.operation.findMany({
    where: { kind: "mlflow_sync", subject: { in: subjectsOf(id) } },
    orderBy: { id: "desc" },
    take: RUNS_SHOWN,
  });
  return { items: await runsToWire(ctx, rows) };
}

/** One run with what it has told, in its order. Throws `sync_not_found`, `operation_not_found`. */
export async function getReport(
  ctx: Ctx,
  asked: {
    id: string;
    run: string;
    kind?: ItemKind | undefined;
    limit: number;
    cursor?: string | undefined;
  },
): Promise<ReportWire> {
  const { id, run: number, kind, limit, cursor } = asked;
  await getSyncRow(ctx, id);
  const operation = await ctx.db.operation.findFirst({
    where: { id: BigInt(number), kind: "mlflow_sync", subject: { in: subjectsOf(id) } },
  });
  if (operation === null)
    throw new RegistryError("operation_not_found", `This rule has no run ${number}.`);
  const after = cursors.decode(cursor);
  const where = { operationId: operation.id, syncId: id, ...(kind ? { kind } : {}) };
  const [rows, total] = await Promise.all([
    ctx.db.mlflowSyncItem.findMany({
      where: { ...where, ...(after ? { id: { gt: after[0] } } : {}) },
      orderBy: { id: "asc" },
      take: limit + 1,
    }),
    ctx.db.mlflowSyncItem.count({ where }),
  ]);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const [run] = await runsToWire(ctx, [operation]);
  return {
    ...(run as RunWire),
    items: shown.map(itemToWire),
    next_cursor: rows.length > limit && last ? cursors.encode(last.id) : null,
    total,
  };
}

async function runsToWire(ctx: Ctx, rows: readonly Operation[]): Promise<RunWire[]> {
  const ids = rows.map(({ id }) => id);
  const overrides = await listOverrides(ctx, ids);
  return rows.map((row) => ({
    operation: operationToWire(row),
    dry_run: readSyncSubject(row.subject).isDryRun,
    override: overrides.get(row.id)?.fields ?? {},
  }));
}

function itemToWire(row: MlflowSyncItem): ItemWire {
  const { id, kind, model, version, field, ours, theirs, outcome, detail } = row;
  return {
    id: id.toString(),
    kind: kind as ItemKind,
    ...{ model, version, field, ours, theirs, detail },
    outcome: outcome as ItemWire["outcome"],
  };
}
