import { reportBody } from "#lib/cluster/agent-schema.ts";
import { REPORT_JSON_VALUES_MAX } from "#lib/cluster/caps.ts";
import { recordReport } from "#lib/cluster/record-report.ts";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";

export const PUT = route({
  method: "PUT",
  path: "/cluster/report",
  operation: "report_cluster",
  permission: "cluster.agent",
  summary: "For cluster agents: the state of the scheduler and of all workers",
  group: "Cluster agents",
  body: reportBody,
  bodyValuesMax: REPORT_JSON_VALUES_MAX,
  responses: { 204: null },
  handle: async ({ ctx, body }) => {
    await recordReport(ctx, body);
    return new Reply(204);
  },
});
