import { getAlert } from "#lib/alerts/get-alert.ts";
import { alertParams, alertSchema } from "#lib/alerts/schema.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/alerts/{id}",
  operation: "get_alert",
  permission: "alert.read",
  summary: "One alert, open or over",
  group: "Alerts",
  params: alertParams,
  responses: { 200: alertSchema },
  errors: ["alert_not_found"],
  handle: ({ ctx, params }) => getAlert(ctx, params),
});
