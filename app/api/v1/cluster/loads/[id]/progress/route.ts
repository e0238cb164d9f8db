import { progressAnswerSchema, progressBody } from "#lib/cluster/agent-schema.ts";
import { recordProgress } from "#lib/cluster/record-progress.ts";
import { loadParams } from "#lib/cluster/schema.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/cluster/loads/{id}/progress",
  operation: "report_progress",
  permission: "cluster.agent",
  summary: "For cluster agents: how far a load is; prolongs the lease",
  group: "Cluster agents",
  params: loadParams,
  body: progressBody,
  responses: { 200: progressAnswerSchema },
  errors: ["load_not_found", "lease_lost"],
  handle: ({ ctx, params, body }) => recordProgress(ctx, { ...params, ...body }),
});
