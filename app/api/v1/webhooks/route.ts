import { z } from "zod";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";
import { listWebhooks } from "#lib/webhooks/list-webhooks.ts";
import { createWebhook } from "#lib/webhooks/save-webhook.ts";
import {
  createWebhookBody,
  listWebhooksQuery,
  newWebhookSchema,
  webhookSchema,
} from "#lib/webhooks/schema.ts";

const common = { path: "/webhooks", group: "Webhooks" } as const;

export const GET = route({
  ...common,
  method: "GET",
  operation: "list_webhooks",
  permission: "webhook.manage",
  summary: "Webhooks that you may change, the newest first",
  query: listWebhooksQuery,
  responses: { 200: z.object({ items: z.array(webhookSchema) }) },
  handle: ({ ctx, query }) => listWebhooks(ctx, query),
});

export const POST = route({
  ...common,
  method: "POST",
  operation: "create_webhook",
  permission: "webhook.manage",
  summary: "Have an address told of changes",
  description:
    "Messages are signed by the scheme of Standard Webhooks; the answer has the secret, which is told once. Owners of models name " +
    "their models; all models, or names that begin alike, are for administrators.",
  body: createWebhookBody,
  responses: { 201: newWebhookSchema },
  errors: ["model_not_found"],
  handle: async ({ ctx, body }) => new Reply(201, await createWebhook(ctx, body)),
});
