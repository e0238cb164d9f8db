import { listBackups } from "#lib/backup/list-backups.ts";
import { backupsSchema } from "#lib/backup/schema.ts";
import { startBackup } from "#lib/backup/start-backup.ts";
import { Reply } from "#lib/http/route.ts";
import { operationSchema } from "#lib/operations/schema.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/backups",
  operation: "list_backups",
  permission: "backup.read",
  summary: "Backups, the newest first, and when the next one is made",
  group: "Backup",
  responses: { 200: backupsSchema },
  errors: [],
  handle: ({ ctx }) => listBackups(ctx),
});

export const POST = route({
  method: "POST",
  path: "/backups",
  operation: "create_backup",
  permission: "backup.manage",
  summary: "Make a backup now, in the background",
  group: "Backup",
  responses: { 202: operationSchema },
  errors: ["run_in_progress", "precondition_failed"],
  handle: async ({ ctx }) => new Reply(202, await startBackup(ctx)),
});
