import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";
import { getWebhook } from "#lib/webhooks/list-webhooks.ts";
import { removeWebhook, updateWebhook } from "#lib/webhooks/save-webhook.ts";
import { updateWebhookBody, webhookParams, webhookSchema } from "#lib/webhooks/schema.ts";

const common = {
  path: "/webhooks/{id}",
  group: "Webhooks",
  params: webhookParams,
} as const;

export const GET = route({
  ...common,
  method: "GET",
  operation: "get_webhook",
  permission: "webhook.manage",
  summary: "One webhook and how it stands",
  responses: { 200: webhookSchema },
  errors: ["webhook_not_found"],
  handle: ({ ctx, params }) => getWebhook(ctx, params),
});

export const PATCH = route({
  ...common,
  method: "PATCH",
  operation: "update_webhook",
  permission: "webhook.manage",
  summary: "Change a webhook, or switch it on or off",
  body: updateWebhookBody,
  responses: { 200: webhookSchema },
  errors: ["webhook_not_found", "model_not_found"],
  handle: ({ ctx, params, body }) => updateWebhook(ctx, { ...params, ...body }),
});

export const DELETE = route({
  ...common,
  method: "DELETE",
  operation: "remove_webhook",
  permission: "webhook.manage",
  summary: "Remove a webhook and its log",
  responses: { 204: null },
  errors: ["webhook_not_found"],
  handle: async ({ ctx, params }) => {
    await removeWebhook(ctx, params);
    return new Reply(204);
  },
});
