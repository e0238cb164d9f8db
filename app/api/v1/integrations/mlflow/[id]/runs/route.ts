import { z } from "zod";
import { Reply } from "#lib/http/route.ts";
import { listRuns } from "#lib/mlflow-sync/get-report.ts";
import { runSchema, startSyncBody, syncParams } from "#lib/mlflow-sync/schema.ts";
import { startSync } from "#lib/mlflow-sync/start-sync.ts";
import { route } from "#lib/server.ts";

const common = {
  path: "/integrations/mlflow/{id}/runs",
  group: "Integrations",
  params: syncParams,
  errors: ["sync_not_found"],
} as const;

export const GET = route({
  ...common,
  method: "GET",
  operation: "list_mlflow_sync_runs",
  permission: "integration.manage",
  summary: "Its newest runs",
  responses: { 200: z.object({ items: z.array(runSchema) }) },
  handle: ({ ctx, params }) => listRuns(ctx, params),
});

export const POST = route({
  ...common,
  method: "POST",
  operation: "start_mlflow_sync",
  permission: "integration.manage",
  summary: "Run it now, in the background, or say what a run would do",
  description:
    "A dry run changes nothing. What `override` has holds for this run alone, in place of what the rule says, and the run then acts in " +
    "the name of whoever asked for it. A credential is for the server that it is given with; without one the rule's own is used where " +
    "the address is of the same server.",
  body: startSyncBody,
  responses: { 202: runSchema },
  errors: ["sync_not_found", "run_in_progress"],
  handle: async ({ ctx, params, body }) =>
    new Reply(202, await startSync(ctx, { ...params, ...body, isDryRun: body.dry_run })),
});
