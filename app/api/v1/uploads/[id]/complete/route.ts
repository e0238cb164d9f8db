import { observeUpload } from "#lib/metrics/request-metrics.ts";
import { route } from "#lib/server.ts";
import { completeUpload } from "#lib/uploads/resumable/complete-upload.ts";
import { completedUploadSchema, uploadParams } from "#lib/uploads/schema.ts";

export const POST = route({
  method: "POST",
  path: "/uploads/{id}/complete",
  operation: "complete_upload",
  limit: "upload",
  permission: "version.register",
  summary: "Make one file of all parts",
  description:
    "Repeatable with the same answer. Name the upload in `files` of a registration afterwards. " +
    "If the bytes do not have the announced digest, all parts are dropped and may be sent again.",
  group: "Uploads",
  params: uploadParams,
  responses: { 200: completedUploadSchema },
  errors: ["upload_not_found", "upload_incomplete", "digest_mismatch", "insufficient_storage"],
  handle: async ({ ctx, params }) => {
    const completed = await completeUpload(ctx, params.id);
    observeUpload(completed.size_bytes);
    return completed;
  },
});
