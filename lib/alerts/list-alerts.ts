import { z } from "zod";
import { assertMay } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import { likeLiteral } from "#lib/db/like-literal.ts";
import { cursorsOf, rowId } from "#lib/wire/cursor.ts";
import { alertToWire } from "./alert-wire.ts";
import type { AlertWire, ListAlertsInput } from "./schema.ts";
import { activeSilences } from "./silences.ts";
import { visibleAlerts } from "./visible-alerts.ts";

const cursors = cursorsOf("alerts", z.tuple([rowId]));

/** Alerts, the newest first; with `open` true only those that have not ended, with false only those that have. */
export async function listAlerts(
  ctx: Ctx,
  { limit, cursor, ...filters }: Partial<ListAlertsInput> & Pick<ListAlertsInput, "limit">,
): Promise<{ items: AlertWire[]; next_cursor: string | null; total: number }> {
  assertMay(ctx, "alert.read");
  const before = cursors.decode(cursor);
  const where = { AND: [whereOf(filters), await visibleAlerts(ctx)] };
  const [rows, total, silences] = await Promise.all([
    ctx.db.alert.findMany({
      where: { ...where, ...(before ? { id: { lt: before[0] } } : {}) },
      orderBy: { id: "desc" },
      take: limit + 1,
    }),
    ctx.db.alert.count({ where }),
    activeSilences(ctx.db, ctx.now()),
  ]);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map((row) => alertToWire(row, silences)),
    next_cursor: rows.length > limit && last ? cursors.encode(last.id) : null,
    total,
  };
}

function whereOf({
  open,
  kind,
  severity,
  subject,
  since,
  until,
}: Omit<Partial<ListAlertsInput>, "limit" | "cursor">) {
  return {
    ...(open === undefined ? {} : { resolvedAt: open ? null : { not: null } }),
    ...(kind ? { kind } : {}),
    ...(severity ? { severity } : {}),
    ...(subject ? { subject: subjectFilter(subject) } : {}),
    openedAt: {
      ...(since ? { gte: new Date(since) } : {}),
      ...(until ? { lt: new Date(until) } : {}),
    },
  };
}

function subjectFilter(subject: string) {
  return subject.endsWith("*") ? { startsWith: likeLiteral(subject.slice(0, -1)) } : subject;
}
