import { listWorkersQuery, workerListSchema } from "#lib/cluster/clusters-schema.ts";
import { listWorkers } from "#lib/cluster/list-workers.ts";
import { pageReply } from "#lib/http/page-links.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/clusters/workers",
  operation: "list_workers",
  permission: "cluster.read",
  summary: "Workers of clusters as they were reported last, by host and name",
  group: "Cluster",
  query: listWorkersQuery,
  responses: { 200: workerListSchema },
  errors: ["invalid_cursor"],
  handle: async ({ ctx, request, query }) => pageReply(request, await listWorkers(ctx, query)),
});
