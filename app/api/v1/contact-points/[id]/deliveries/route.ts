import { deliverySchema, listDeliveriesQuery } from "#lib/deliveries/schema.ts";
import { pageReply } from "#lib/http/page-links.ts";
import { listContactDeliveries } from "#lib/notifications/contact-deliveries.ts";
import { contactPointParams } from "#lib/notifications/schema.ts";
import { route } from "#lib/server.ts";
import { page } from "#lib/wire/page.ts";

export const GET = route({
  method: "GET",
  path: "/contact-points/{id}/deliveries",
  operation: "list_contact_deliveries",
  permission: "contact.manage",
  summary: "What was sent to it, the newest first, with the answers",
  group: "Alerts",
  params: contactPointParams,
  query: listDeliveriesQuery,
  responses: { 200: page(deliverySchema) },
  errors: ["contact_point_not_found", "invalid_cursor"],
  handle: async ({ ctx, request, params, query }) =>
    pageReply(request, await listContactDeliveries(ctx, { ...params, ...query })),
});
