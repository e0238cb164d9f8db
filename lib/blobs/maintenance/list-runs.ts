import { z } from "zod";
import { assertMay } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import { cursorsOf, rowId } from "#lib/wire/cursor.ts";
import type { RunKind, RunWire } from "../schema.ts";
import { runToWire } from "./run-wire.ts";

export type ListRunsInput = { kind: RunKind; limit: number; cursor?: string | undefined };

/** Collections or scrubs, the newest first. */
export async function listRuns(
  ctx: Ctx,
  { kind, limit, cursor }: ListRunsInput,
): Promise<{ items: RunWire[]; next_cursor: string | null; total: number }> {
  assertMay(ctx, "storage.read");
  const cursors = cursorsOf(`${kind}s`, z.tuple([rowId]));
  const before = cursors.decode(cursor);
  const [rows, total] = await Promise.all([
    ctx.db.operation.findMany({
      where: { kind, ...(before ? { id: { lt: before[0] } } : {}) },
      orderBy: { id: "desc" },
      take: limit + 1,
    }),
    ctx.db.operation.count({ where: { kind } }),
  ]);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(runToWire),
    next_cursor: rows.length > limit && last ? cursors.encode(last.id) : null,
    total,
  };
}
