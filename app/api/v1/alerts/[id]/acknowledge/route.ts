import { acknowledgeAlert } from "#lib/alerts/acknowledge-alert.ts";
import { acknowledgeBody, alertParams, alertSchema } from "#lib/alerts/schema.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/alerts/{id}/acknowledge",
  operation: "acknowledge_alert",
  permission: "alert.manage",
  summary: "Say that you look after it, and what you know",
  group: "Alerts",
  params: alertParams,
  body: acknowledgeBody,
  responses: { 200: alertSchema },
  errors: ["alert_not_found", "alert_over"],
  handle: ({ ctx, params, body }) => acknowledgeAlert(ctx, { ...params, ...body }),
});
