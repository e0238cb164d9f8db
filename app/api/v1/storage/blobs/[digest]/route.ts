import { z } from "zod";
import { explainBlob } from "#lib/blobs/report/explain-blob.ts";
import { blobSchema, digestSchema } from "#lib/blobs/schema.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/storage/blobs/{digest}",
  operation: "explain_blob",
  permission: "storage.read",
  summary: "A blob, and everything that keeps it",
  group: "Storage",
  params: z.object({ digest: digestSchema }),
  responses: { 200: blobSchema },
  errors: ["blob_not_found"],
  handle: ({ ctx, params }) => explainBlob(ctx, params),
});
