import { route } from "#lib/server.ts";
import { rotateSecret } from "#lib/webhooks/rotate-secret.ts";
import { secretSchema, webhookParams } from "#lib/webhooks/schema.ts";

export const POST = route({
  method: "POST",
  path: "/webhooks/{id}/secret",
  operation: "rotate_webhook_secret",
  permission: "webhook.manage",
  summary: "Make a new secret; the old one signs beside it for a day",
  group: "Webhooks",
  params: webhookParams,
  responses: { 200: secretSchema },
  errors: ["webhook_not_found"],
  handle: ({ ctx, params }) => rotateSecret(ctx, params),
});
