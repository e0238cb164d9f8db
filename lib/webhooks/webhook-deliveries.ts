import type { Ctx } from "#lib/context.ts";
import { listDeliveries, redeliver } from "#lib/deliveries/list-deliveries.ts";
import { queueDueDeliveries } from "#lib/deliveries/queue-deliveries.ts";
import type { DeliveryWire, ListDeliveriesInput } from "#lib/deliveries/schema.ts";
import { tryOnce } from "#lib/deliveries/try-once.ts";
import { getWebhookRow } from "./manageable-webhooks.ts";
import { messageOf } from "./message-body.ts";
import { postSigned } from "./send-webhook.ts";

/** What was sent to it, or is to be. Throws `webhook_not_found`. */
export async function listWebhookDeliveries(
  ctx: Ctx,
  { id, ...input }: { id: string } & ListDeliveriesInput,
): Promise<{ items: DeliveryWire[]; next_cursor: string | null; total: number }> {
  await getWebhookRow(ctx, id);
  return listDeliveries(ctx, { kind: "webhook", id }, input, { show: messageOf });
}

/** Throws `webhook_not_found`, `delivery_not_found`. */
export async function redeliverToWebhook(
  ctx: Ctx,
  { id, delivery }: { id: string; delivery: string },
): Promise<DeliveryWire> {
  await getWebhookRow(ctx, id);
  const row = await redeliver(ctx, { kind: "webhook", id }, delivery, { show: messageOf });
  await queueDueDeliveries(ctx);
  return row;
}

/** Sends a message `webhook.test` at once, and gives what came of it; also to one that is off. Throws `webhook_not_found`. */
export async function testWebhook(ctx: Ctx, { id }: { id: string }): Promise<DeliveryWire> {
  const webhook = await getWebhookRow(ctx, id);
  const data = { at: ctx.now().toISOString(), model: null, actor: ctx.actor.name, detail: {} };
  const target = { kind: "webhook", id } as const;
  return tryOnce(
    ctx,
    target,
    { event: "webhook.test", data, webhookId: id },
    messageOf,
    (delivery) => postSigned(ctx, webhook, delivery, new AbortController().signal),
  );
}
