import { Reply } from "#lib/http/route.ts";
import { createContactPoint, listContactPoints } from "#lib/notifications/contact-points.ts";
import {
  contactPointListSchema,
  createContactPointBody,
  newContactPointSchema,
} from "#lib/notifications/schema.ts";
import { route } from "#lib/server.ts";

const common = { path: "/contact-points", group: "Alerts" } as const;

export const GET = route({
  ...common,
  method: "GET",
  operation: "list_contact_points",
  permission: "contact.manage",
  summary: "Who is told of alerts",
  responses: { 200: contactPointListSchema },
  handle: ({ ctx }) => listContactPoints(ctx),
});

export const POST = route({
  ...common,
  method: "POST",
  operation: "create_contact_point",
  permission: "contact.manage",
  summary:
    "Have somebody told of alerts: by mail, a webhook, or a chat that takes what Slack takes",
  description: "Of a webhook the answer has the secret that signs its messages; it is told once.",
  body: createContactPointBody,
  responses: { 201: newContactPointSchema },
  errors: ["contact_point_exists"],
  handle: async ({ ctx, body }) => new Reply(201, await createContactPoint(ctx, body)),
});
