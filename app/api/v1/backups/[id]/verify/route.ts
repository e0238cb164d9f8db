import { backupParams, verifyRequest } from "#lib/backup/schema.ts";
import { startVerification } from "#lib/backup/start-backup.ts";
import { Reply } from "#lib/http/route.ts";
import { operationSchema } from "#lib/operations/schema.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/backups/{id}/verify",
  operation: "verify_backup",
  permission: "backup.manage",
  summary: "Read a backup again in the background, with all of its blobs or a share of them",
  group: "Backup",
  params: backupParams,
  body: verifyRequest,
  responses: { 202: operationSchema },
  errors: ["not_found", "run_in_progress", "precondition_failed", "unavailable"],
  handle: async ({ ctx, params, body }) =>
    new Reply(202, await startVerification(ctx, { ...params, ...body })),
});
