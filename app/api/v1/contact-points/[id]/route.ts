import { Reply } from "#lib/http/route.ts";
import { removeContactPoint, updateContactPoint } from "#lib/notifications/contact-points.ts";
import {
  contactPointParams,
  contactPointSchema,
  updateContactPointBody,
} from "#lib/notifications/schema.ts";
import { route } from "#lib/server.ts";

const common = {
  path: "/contact-points/{id}",
  group: "Alerts",
  params: contactPointParams,
} as const;

export const PATCH = route({
  ...common,
  method: "PATCH",
  operation: "update_contact_point",
  permission: "contact.manage",
  summary: "Change a contact point, or switch it on or off",
  body: updateContactPointBody,
  responses: { 200: contactPointSchema },
  errors: ["contact_point_not_found", "contact_point_exists"],
  handle: ({ ctx, params, body }) => updateContactPoint(ctx, { ...params, ...body }),
});

export const DELETE = route({
  ...common,
  method: "DELETE",
  operation: "remove_contact_point",
  permission: "contact.manage",
  summary: "Remove a contact point and its log",
  responses: { 204: null },
  errors: ["contact_point_not_found"],
  handle: async ({ ctx, params }) => {
    await removeContactPoint(ctx, params);
    return new Reply(204);
  },
});
