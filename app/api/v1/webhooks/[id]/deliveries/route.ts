import { deliverySchema, listDeliveriesQuery } from "#lib/deliveries/schema.ts";
import { pageReply } from "#lib/http/page-links.ts";
import { route } from "#lib/server.ts";
import { webhookParams } from "#lib/webhooks/schema.ts";
import { listWebhookDeliveries } from "#lib/webhooks/webhook-deliveries.ts";
import { page } from "#lib/wire/page.ts";

export const GET = route({
  method: "GET",
  path: "/webhooks/{id}/deliveries",
  operation: "list_webhook_deliveries",
  permission: "webhook.manage",
  summary: "What was sent to it, the newest first, with the answers",
  group: "Webhooks",
  params: webhookParams,
  query: listDeliveriesQuery,
  responses: { 200: page(deliverySchema) },
  errors: ["webhook_not_found", "invalid_cursor"],
  handle: async ({ ctx, request, params, query }) =>
    pageReply(request, await listWebhookDeliveries(ctx, { ...params, ...query })),
});
