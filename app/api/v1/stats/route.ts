import { getStats } from "#lib/metrics/get-stats.ts";
import { statsQuery, statsSchema } from "#lib/metrics/schema.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/stats",
  operation: "get_stats",
  permission: "statistics.read",
  summary: "Totals and time series of the registry",
  group: "Operation",
  query: statsQuery,
  responses: { 200: statsSchema },
  handle: ({ ctx, query }) => getStats(ctx, query),
});
