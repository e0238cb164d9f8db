import { getReport } from "#lib/mlflow-sync/get-report.ts";
import { reportQuery, reportSchema, runParams } from "#lib/mlflow-sync/schema.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/integrations/mlflow/{id}/runs/{run}",
  operation: "get_mlflow_sync_report",
  permission: "integration.manage",
  summary: "What a run did, could not do, and found changed on both sides",
  group: "Integrations",
  params: runParams,
  query: reportQuery,
  responses: { 200: reportSchema },
  errors: ["sync_not_found", "operation_not_found", "invalid_cursor"],
  handle: ({ ctx, params, query }) => getReport(ctx, { ...params, ...query }),
});
