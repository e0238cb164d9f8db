import { listLoads } from "#lib/cluster/list-loads.ts";
import { listLoadsQuery, loadListSchema } from "#lib/cluster/schema.ts";
import { pageReply } from "#lib/http/page-links.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/loads",
  operation: "list_loads",
  permission: "model.read",
  summary: "Loads onto clusters, the newest first",
  group: "Cluster",
  query: listLoadsQuery,
  responses: { 200: loadListSchema },
  errors: ["invalid_cursor"],
  handle: async ({ ctx, request, query: { state, ...query } }) =>
    pageReply(request, await listLoads(ctx, { ...query, ...(state ? { states: [state] } : {}) })),
});
