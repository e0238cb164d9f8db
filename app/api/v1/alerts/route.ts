import { listAlerts } from "#lib/alerts/list-alerts.ts";
import { alertSchema, listAlertsQuery } from "#lib/alerts/schema.ts";
import { pageReply } from "#lib/http/page-links.ts";
import { route } from "#lib/server.ts";
import { page } from "#lib/wire/page.ts";

export const GET = route({
  method: "GET",
  path: "/alerts",
  operation: "list_alerts",
  permission: "alert.read",
  summary: "What an operator should look at, the newest first",
  group: "Alerts",
  query: listAlertsQuery,
  responses: { 200: page(alertSchema) },
  errors: ["invalid_cursor"],
  handle: async ({ ctx, request, query }) => pageReply(request, await listAlerts(ctx, query)),
});
