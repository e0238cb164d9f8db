import { clusterListSchema } from "#lib/cluster/clusters-schema.ts";
import { listClusters } from "#lib/cluster/list-clusters.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/clusters",
  operation: "list_clusters",
  permission: "cluster.read",
  summary: "Dask clusters as their agents reported them last, with the models on them",
  group: "Cluster",
  responses: { 200: clusterListSchema },
  handle: ({ ctx }) => listClusters(ctx),
});
