import type { Ctx } from "#lib/context.ts";
import type { Delivery } from "#lib/db/generated/client.ts";
import { CLAIM_MS } from "./claim-deliveries.ts";
import { deliveryToWire, type ShowRequest } from "./list-deliveries.ts";
import type { DeliveryWire } from "./schema.ts";
import { type Attempt, settleDelivery } from "./settle-delivery.ts";
import type { Target } from "./target.ts";

type Trial = {
  event: string;
  data: Record<string, string | null | object>;
  webhookId?: string;
  contactPointId?: bigint;
};

/** A message that somebody waits for: it is sent now, one time, and stands in the log like the others. */
export async function tryOnce(
  ctx: Ctx,
  target: Target,
  trial: Trial,
  show: ShowRequest,
  send: (delivery: Delivery) => Promise<Attempt>,
): Promise<DeliveryWire> {
  const now = ctx.now();
  const delivery = await ctx.db.delivery.create({
    data: {
      ...trial,
      orderKey: trial.event,
      attempts: 1,
      createdAt: now,
      // One attempt, whatever comes of it.
      expiresAt: new Date(0),
      claimedUntil: new Date(now.getTime() + CLAIM_MS),
    },
  });
  await settleDelivery(ctx, target, delivery, await send(delivery));
  const row = await ctx.db.delivery.findUniqueOrThrow({ where: { id: delivery.id } });
  return deliveryToWire(row, show);
}
