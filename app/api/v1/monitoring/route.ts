import { getMonitoring } from "#lib/monitoring/get-monitoring.ts";
import { monitoringQuery, monitoringSchema } from "#lib/monitoring/schema.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/monitoring",
  operation: "get_monitoring",
  permission: "monitoring.read",
  summary: "What the servers measured, as time series",
  group: "Operation",
  query: monitoringQuery,
  responses: { 200: monitoringSchema },
  handle: ({ ctx, query }) => getMonitoring(ctx, query),
});
