import { Reply } from "#lib/http/route.ts";
import { getSync } from "#lib/mlflow-sync/list-syncs.ts";
import { removeSync, updateSync } from "#lib/mlflow-sync/save-sync.ts";
import { syncParams, syncSchema, updateSyncBody } from "#lib/mlflow-sync/schema.ts";
import { route } from "#lib/server.ts";

const common = {
  path: "/integrations/mlflow/{id}",
  group: "Integrations",
  params: syncParams,
} as const;

export const GET = route({
  ...common,
  method: "GET",
  operation: "get_mlflow_sync",
  permission: "integration.manage",
  summary: "One of them, and how its last run went",
  responses: { 200: syncSchema },
  errors: ["sync_not_found"],
  handle: ({ ctx, params }) => getSync(ctx, params),
});

export const PATCH = route({
  ...common,
  method: "PATCH",
  operation: "update_mlflow_sync",
  permission: "integration.manage",
  summary: "Change it; another server's address needs its credential again",
  body: updateSyncBody,
  responses: { 200: syncSchema },
  errors: ["sync_not_found", "sync_exists"],
  handle: ({ ctx, params, body }) => updateSync(ctx, { ...params, ...body }),
});

export const DELETE = route({
  ...common,
  method: "DELETE",
  operation: "remove_mlflow_sync",
  permission: "integration.manage",
  summary: "Remove it; what it has brought stays on both sides",
  responses: { 204: null },
  errors: ["sync_not_found"],
  handle: async ({ ctx, params }) => {
    await removeSync(ctx, params);
    return new Reply(204);
  },
});
