import { z } from "zod";
import { listAlerts } from "#lib/alerts/list-alerts.ts";
import { alertSchema } from "#lib/alerts/schema.ts";
import { pageReply } from "#lib/http/page-links.ts";
import { route } from "#lib/server.ts";
import { page, pageQuery } from "#lib/wire/page.ts";

const query = z.strictObject({
  ...pageQuery,
  open: z
    .enum(["true", "false"])
    .transform((value) => value === "true")
    .optional(),
});

export const GET = route({
  method: "GET",
  path: "/alerts",
  operation: "list_alerts",
  permission: "alert.read",
  summary: "What an operator should look at, the newest first",
  group: "Operation",
  query,
  responses: { 200: page(alertSchema) },
  errors: ["invalid_cursor"],
  handle: async ({ ctx, request, query }) => pageReply(request, await listAlerts(ctx, query)),
});
