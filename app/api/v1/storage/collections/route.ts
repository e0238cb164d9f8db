import { z } from "zod";
import { listRuns } from "#lib/blobs/maintenance/list-runs.ts";
import { planCollection } from "#lib/blobs/maintenance/plan-collection.ts";
import { startCollection } from "#lib/blobs/maintenance/start-run.ts";
import { collectionPlanSchema, collectRequest, runSchema } from "#lib/blobs/schema.ts";
import { pageReply } from "#lib/http/page-links.ts";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";
import { page, pageQuery } from "#lib/wire/page.ts";

export const GET = route({
  method: "GET",
  path: "/storage/collections",
  operation: "list_collections",
  permission: "storage.read",
  summary: "Collections, the newest first",
  group: "Storage",
  query: z.strictObject(pageQuery),
  responses: { 200: page(runSchema) },
  errors: ["invalid_cursor"],
  handle: async ({ ctx, request, query }) =>
    pageReply(request, await listRuns(ctx, { kind: "collection", ...query })),
});

export const POST = route({
  method: "POST",
  path: "/storage/collections",
  operation: "collect",
  permission: "storage.maintain",
  summary: "Free the blobs that nothing holds, or tell which they are (dry_run)",
  group: "Storage",
  body: collectRequest,
  responses: { 200: collectionPlanSchema, 202: runSchema },
  errors: ["run_in_progress"],
  handle: async ({ ctx, body }) =>
    body.dry_run ? planCollection(ctx) : new Reply(202, await startCollection(ctx)),
});
