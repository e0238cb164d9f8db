import { deliverySchema } from "#lib/deliveries/schema.ts";
import { testContactPoint } from "#lib/notifications/contact-deliveries.ts";
import { contactPointParams } from "#lib/notifications/schema.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/contact-points/{id}/test",
  operation: "test_contact_point",
  permission: "contact.manage",
  summary: "Send a test now, and see what comes of it",
  group: "Alerts",
  params: contactPointParams,
  responses: { 200: deliverySchema },
  errors: ["contact_point_not_found"],
  handle: ({ ctx, params }) => testContactPoint(ctx, params),
});
