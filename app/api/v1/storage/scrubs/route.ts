import { z } from "zod";
import { listRuns } from "#lib/blobs/maintenance/list-runs.ts";
import { startScrub } from "#lib/blobs/maintenance/start-run.ts";
import { runSchema, scrubRequest } from "#lib/blobs/schema.ts";
import { pageReply } from "#lib/http/page-links.ts";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";
import { page, pageQuery } from "#lib/wire/page.ts";

export const GET = route({
  method: "GET",
  path: "/storage/scrubs",
  operation: "list_scrubs",
  permission: "storage.read",
  summary: "Verifications of the stored bytes, the newest first",
  group: "Storage",
  query: z.strictObject(pageQuery),
  responses: { 200: page(runSchema) },
  errors: ["invalid_cursor"],
  handle: async ({ ctx, request, query }) =>
    pageReply(request, await listRuns(ctx, { kind: "scrub", ...query })),
});

export const POST = route({
  method: "POST",
  path: "/storage/scrubs",
  operation: "scrub",
  permission: "storage.maintain",
  summary: "Verify everything, one blob, or the blobs of one model against their digests",
  group: "Storage",
  body: scrubRequest,
  responses: { 202: runSchema },
  errors: ["run_in_progress", "blob_not_found", "model_not_found"],
  handle: async ({ ctx, body }) => new Reply(202, await startScrub(ctx, body)),
});
