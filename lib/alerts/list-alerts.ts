import { z } from "zod";
import { assertMay } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import { cursorsOf, rowId } from "#lib/wire/cursor.ts";
import type { AlertWire } from "./schema.ts";

export type ListAlertsInput = {
  limit: number;
  cursor?: string | undefined;
  open?: boolean | undefined;
};

const cursors = cursorsOf("alerts", z.tuple([rowId]));

/** Alerts, the newest first; with `open` true only those that have not ended, with false only those that have. */
export async function listAlerts(
  ctx: Ctx,
  { limit, cursor, open }: ListAlertsInput,
): Promise<{ items: AlertWire[]; next_cursor: string | null; total: number }> {
  assertMay(ctx, "alert.read");
  const where = open === undefined ? {} : { resolvedAt: open ? null : ({ not: null } as const) };
  const before = cursors.decode(cursor);
  const [rows, total] = await Promise.all([
    ctx.db.alert.findMany({
      where: { ...where, ...(before ? { id: { lt: before[0] } } : {}) },
      orderBy: { id: "desc" },
      take: limit + 1,
    }),
    ctx.db.alert.count({ where }),
  ]);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map((row) => ({
      id: row.id.toString(),
      kind: row.kind,
      severity: row.severity as AlertWire["severity"],
      subject: row.subject,
      detail: row.detail as Record<string, unknown>,
      opened_at: row.openedAt.toISOString(),
      last_seen_at: row.lastSeenAt.toISOString(),
      resolved_at: row.resolvedAt?.toISOString() ?? null,
    })),
    next_cursor: rows.length > limit && last ? cursors.encode(last.id) : null,
    total,
  };
}
