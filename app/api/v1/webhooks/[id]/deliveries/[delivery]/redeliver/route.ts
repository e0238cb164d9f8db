import { deliverySchema } from "#lib/deliveries/schema.ts";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";
import { webhookDeliveryParams } from "#lib/webhooks/schema.ts";
import { redeliverToWebhook } from "#lib/webhooks/webhook-deliveries.ts";

export const POST = route({
  method: "POST",
  path: "/webhooks/{id}/deliveries/{delivery}/redeliver",
  operation: "redeliver_to_webhook",
  permission: "webhook.manage",
  summary: "Send it once more, with the same id",
  group: "Webhooks",
  params: webhookDeliveryParams,
  responses: { 202: deliverySchema },
  errors: ["webhook_not_found", "delivery_not_found"],
  handle: async ({ ctx, params }) => new Reply(202, await redeliverToWebhook(ctx, params)),
});
