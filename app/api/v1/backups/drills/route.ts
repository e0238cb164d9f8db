import { startDrill } from "#lib/backup/start-backup.ts";
import { Reply } from "#lib/http/route.ts";
import { operationSchema } from "#lib/operations/schema.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/backups/drills",
  operation: "drill_backup",
  permission: "backup.manage",
  summary: "Restore the newest backup into a scratch database, in the background",
  group: "Backup",
  responses: { 202: operationSchema },
  errors: ["run_in_progress", "precondition_failed"],
  handle: async ({ ctx }) => new Reply(202, await startDrill(ctx)),
});
