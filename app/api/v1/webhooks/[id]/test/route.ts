import { deliverySchema } from "#lib/deliveries/schema.ts";
import { route } from "#lib/server.ts";
import { webhookParams } from "#lib/webhooks/schema.ts";
import { testWebhook } from "#lib/webhooks/webhook-deliveries.ts";

export const POST = route({
  method: "POST",
  path: "/webhooks/{id}/test",
  operation: "test_webhook",
  permission: "webhook.manage",
  summary: "Send a test now, and see what comes of it",
  group: "Webhooks",
  params: webhookParams,
  responses: { 200: deliverySchema },
  errors: ["webhook_not_found"],
  handle: ({ ctx, params }) => testWebhook(ctx, params),
});
