/** Tells contact points of alerts: once when one opens, and once when it has been over for the cool-down. */
import { alertChange } from "#lib/alerts/alert-change.ts";
import { activeSilences, silenceOf } from "#lib/alerts/silences.ts";
import type { Ctx } from "#lib/context.ts";
import type { Alert, ContactPoint, Prisma } from "#lib/db/generated/client.ts";
import { inTransaction, type TransactionClient } from "#lib/db/transaction.ts";
import { queueDueDeliveries } from "#lib/deliveries/queue-deliveries.ts";
import { queueChanges } from "#lib/outbox/queue-changes.ts";
import type { NoticeData } from "./notice.ts";

/** In one transaction; the rest comes with the next look. */
const BATCH = 200;

/** What there is to tell, and everything else that is due. */
export async function followAlerts(ctx: Ctx): Promise<void> {
  await tellOpened(ctx);
  await settleEnded(ctx);
  await queueDueDeliveries(ctx);
}

/** Those that are silenced stay untold, so that they are told of when the silence ends before they do. */
async function tellOpened(ctx: Ctx): Promise<void> {
  const untold = await ctx.db.alert.count({ where: { settledAt: null, notifiedAt: null } });
  if (untold === 0) return;
  await inTransaction(ctx.db, async (tx) => {
    const ids = await tx.$queryRaw<{ id: bigint }[]>`
      select id from alert where settled_at is null and notified_at is null
      order by id limit ${BATCH} for update skip locked`;
    const alerts = await tx.alert.findMany({
      where: { id: { in: ids.map(({ id }) => id) } },
      orderBy: { id: "asc" },
    });
    const silences = await activeSilences(tx, ctx.now());
    const points = await tx.contactPoint.findMany({
      where: { isOn: true },
      orderBy: { id: "asc" },
    });
    const told = alerts.filter((alert) => silenceOf(alert, silences) === null);
    await tx.alert.updateMany({
      where: { id: { in: told.map(({ id }) => id) } },
      data: { notifiedAt: ctx.now() },
    });
    await queueNotices(
      tx,
      ctx,
      "alert.opened",
      told.flatMap((alert) => points.filter(fits(alert)).map((point) => ({ alert, point }))),
    );
  });
}

/** Whoever was told that it had opened is told that it is over. */
async function settleEnded(ctx: Ctx): Promise<void> {
  const { coolDownMs } = ctx.config.alerts;
  const over = new Date(ctx.now().getTime() - coolDownMs);
  const where = { settledAt: null, resolvedAt: { lte: over } };
  if ((await ctx.db.alert.count({ where })) === 0) return;
  await inTransaction(ctx.db, async (tx) => {
    const alerts = await tx.alert.updateManyAndReturn({
      where,
      data: { settledAt: ctx.now() },
      limit: BATCH,
    });
    await queueChanges(
      tx,
      { at: ctx.now(), actor: "system" },
      alerts.map((alert) => alertChange(alert, "resolved")),
    );
    const byId = new Map(alerts.map((alert) => [alert.id, alert]));
    const told = await tx.delivery.findMany({
      where: {
        alertId: { in: [...byId.keys()] },
        event: "alert.opened",
        contactPoint: { isOn: true, tellsEnd: true },
      },
      include: { contactPoint: true },
      orderBy: { id: "asc" },
    });
    await queueNotices(
      tx,
      ctx,
      "alert.resolved",
      told.flatMap(({ alertId, contactPoint }) => {
        const alert = alertId === null ? undefined : byId.get(alertId);
        return alert && contactPoint ? [{ alert, point: contactPoint }] : [];
      }),
    );
  });
}

const fits =
  ({ severity, kind }: Alert) =>
  ({ severities, kinds }: ContactPoint) =>
    (severities.length === 0 || severities.includes(severity)) &&
    (kinds.length === 0 || kinds.includes(kind));

async function queueNotices(
  tx: TransactionClient,
  ctx: Ctx,
  event: "alert.opened" | "alert.resolved",
  notices: readonly { alert: Alert; point: ContactPoint }[],
): Promise<void> {
  await tx.delivery.createMany({
    data: notices.map(({ alert, point }) => ({
      contactPointId: point.id,
      alertId: alert.id,
      event,
      modelName: alert.modelName,
      orderKey: `alert:${alert.id}`,
      data: noticeData(alert, ctx.now()) as unknown as Prisma.InputJsonObject,
    })),
  });
}

function noticeData(alert: Alert, now: Date): NoticeData {
  return {
    at: now.toISOString(),
    alert: {
      id: alert.id.toString(),
      kind: alert.kind as NonNullable<NoticeData["alert"]>["kind"],
      severity: alert.severity as NonNullable<NoticeData["alert"]>["severity"],
      subject: alert.subject,
      model: alert.modelName,
      detail: alert.detail as Record<string, unknown>,
      opened_at: alert.openedAt.toISOString(),
      resolved_at: alert.resolvedAt?.toISOString() ?? null,
    },
  };
}
