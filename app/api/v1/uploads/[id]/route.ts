import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";
import { abortUpload } from "#lib/uploads/resumable/abort-upload.ts";
import { describeUpload } from "#lib/uploads/resumable/describe-upload.ts";
import { uploadParams, uploadSchema } from "#lib/uploads/schema.ts";

export const GET = route({
  method: "GET",
  path: "/uploads/{id}",
  operation: "get_upload",
  permission: "version.register",
  summary: "Which parts of an upload are stored",
  group: "Uploads",
  params: uploadParams,
  responses: { 200: uploadSchema },
  errors: ["upload_not_found"],
  handle: ({ ctx, params }) => describeUpload(ctx, params.id),
});

export const DELETE = route({
  method: "DELETE",
  path: "/uploads/{id}",
  operation: "abort_upload",
  permission: "version.register",
  summary: "Give up an upload and remove its parts",
  group: "Uploads",
  params: uploadParams,
  responses: { 204: null },
  errors: ["upload_not_found"],
  handle: async ({ ctx, params }) => {
    await abortUpload(ctx, params.id);
    return new Reply(204);
  },
});
