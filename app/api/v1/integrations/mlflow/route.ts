import { z } from "zod";
import { Reply } from "#lib/http/route.ts";
import { listSyncs } from "#lib/mlflow-sync/list-syncs.ts";
import { createSync } from "#lib/mlflow-sync/save-sync.ts";
import { createSyncBody, syncSchema } from "#lib/mlflow-sync/schema.ts";
import { route } from "#lib/server.ts";

const common = { path: "/integrations/mlflow", group: "Integrations" } as const;

export const GET = route({
  ...common,
  method: "GET",
  operation: "list_mlflow_syncs",
  permission: "integration.manage",
  summary: "MLflow servers with which models are kept alike",
  responses: { 200: z.object({ items: z.array(syncSchema) }) },
  handle: ({ ctx }) => listSyncs(ctx),
});

export const POST = route({
  ...common,
  method: "POST",
  operation: "create_mlflow_sync",
  permission: "integration.manage",
  summary: "Keep models alike with an MLflow server",
  description:
    "Models, versions with their files, texts, tags, aliases and stages go the way that `direction` says, when `schedule` says or a " +
    "run is asked for. What both sides have changed is a conflict, which `policy` decides; nothing is removed without `deletions`. " +
    "It runs in the name of whoever saved it. The secret, a token or with `username` a password, is never told.",
  body: createSyncBody,
  responses: { 201: syncSchema },
  errors: ["sync_exists"],
  handle: async ({ ctx, body }) => new Reply(201, await createSync(ctx, body)),
});
