import { z } from "zod";
import type { Ctx } from "#lib/context.ts";
import type { Delivery, Prisma } from "#lib/db/generated/client.ts";
import { RegistryError } from "#lib/errors.ts";
import { cursorsOf, rowId } from "#lib/wire/cursor.ts";
import type { AttemptWire, DeliveryState, DeliveryWire, ListDeliveriesInput } from "./schema.ts";
import { type Target, whereOf } from "./target.ts";

const cursors = cursorsOf("deliveries", z.tuple([rowId]));

/** What is shown as the body that was sent. */
export type ShowRequest = (delivery: Delivery) => Record<string, unknown>;

/** The newest first. The caller has asked whether the actor may see the target, and says by `visible` which of its messages. */
export async function listDeliveries(
  ctx: Ctx,
  target: Target,
  input: ListDeliveriesInput,
  { show, visible = {} }: { show: ShowRequest; visible?: Prisma.DeliveryWhereInput },
): Promise<{ items: DeliveryWire[]; next_cursor: string | null; total: number }> {
  const { state, event, limit, cursor } = input;
  const before = cursors.decode(cursor);
  const where: Prisma.DeliveryWhereInput = {
    AND: [
      { ...whereOf(target), ...(state ? { state } : {}), ...(event ? { event } : {}) },
      visible,
    ],
  };
  const [rows, total] = await Promise.all([
    ctx.db.delivery.findMany({
      where: before ? { AND: [where, { id: { lt: before[0] } }] } : where,
      orderBy: { id: "desc" },
      take: limit + 1,
    }),
    ctx.db.delivery.count({ where }),
  ]);
  const last = rows[limit - 1];
  return {
    items: rows.slice(0, limit).map((row) => deliveryToWire(row, show)),
    next_cursor: rows.length > limit && last ? cursors.encode(last.id) : null,
    total,
  };
}

/** Sends it once more, with the same id, whatever has become of it. Throws `delivery_not_found`. */
export async function redeliver(
  ctx: Ctx,
  target: Target,
  id: string,
  { show, visible = {} }: { show: ShowRequest; visible?: Prisma.DeliveryWhereInput },
): Promise<DeliveryWire> {
  const found = await ctx.db.delivery.findFirst({
    where: { AND: [{ id: BigInt(id), ...whereOf(target) }, visible] },
    select: { id: true },
  });
  if (found === null)
    throw new RegistryError("delivery_not_found", `There is no delivery ${id} of it.`);
  const [now, expiresAt] = [ctx.now(), new Date(ctx.now().getTime() + LIFE_MS)];
  const row = await ctx.db.delivery.update({
    where: { id: found.id },
    data: { state: "pending", attempts: 0, nextAttemptAt: now, expiresAt, finishedAt: null },
  });
  return deliveryToWire(row, show);
}

/** As the column's default. */
const LIFE_MS = 3 * 24 * 60 * 60 * 1000;

export function deliveryToWire(row: Delivery, show: ShowRequest): DeliveryWire {
  return {
    id: row.id.toString(),
    message_id: row.messageId,
    event: row.event,
    model: row.modelName,
    state: row.state as DeliveryState,
    attempts: row.attempts,
    created_at: row.createdAt.toISOString(),
    next_attempt_at: row.state === "pending" ? row.nextAttemptAt.toISOString() : null,
    finished_at: row.finishedAt?.toISOString() ?? null,
    request: show(row),
    log: row.log as unknown as AttemptWire[],
  };
}
