import { z } from "zod";
import { assertMay } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import { cursorsOf, rowId } from "#lib/wire/cursor.ts";
import type { OperationKind, OperationState, OperationWire } from "./schema.ts";
import { operationToWire } from "./store.ts";
import { visibleOperations } from "./visible-operations.ts";

export type ListOperationsInput = {
  kind?: OperationKind | undefined;
  state?: OperationState | undefined;
  limit: number;
  cursor?: string | undefined;
};

const cursors = cursorsOf("operations", z.tuple([rowId]));

/** The newest first. */
export async function listOperations(
  ctx: Ctx,
  { kind, state, limit, cursor }: ListOperationsInput,
): Promise<{ items: OperationWire[]; next_cursor: string | null; total: number }> {
  assertMay(ctx, "operation.read");
  const before = cursors.decode(cursor);
  const where = {
    ...(kind ? { kind } : {}),
    ...(state ? { state } : {}),
    ...(await visibleOperations(ctx)),
  };
  const [rows, total] = await Promise.all([
    ctx.db.operation.findMany({
      where: { ...where, ...(before ? { id: { lt: before[0] } } : {}) },
      orderBy: { id: "desc" },
      take: limit + 1,
    }),
    ctx.db.operation.count({ where }),
  ]);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(operationToWire),
    next_cursor: rows.length > limit && last ? cursors.encode(last.id) : null,
    total,
  };
}
