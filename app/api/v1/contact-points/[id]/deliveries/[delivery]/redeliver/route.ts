import { deliverySchema } from "#lib/deliveries/schema.ts";
import { Reply } from "#lib/http/route.ts";
import { redeliverToContactPoint } from "#lib/notifications/contact-deliveries.ts";
import { contactDeliveryParams } from "#lib/notifications/schema.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/contact-points/{id}/deliveries/{delivery}/redeliver",
  operation: "redeliver_to_contact_point",
  permission: "contact.manage",
  summary: "Send it once more",
  group: "Alerts",
  params: contactDeliveryParams,
  responses: { 202: deliverySchema },
  errors: ["contact_point_not_found", "delivery_not_found"],
  handle: async ({ ctx, params }) => new Reply(202, await redeliverToContactPoint(ctx, params)),
});
