import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";
import { createUpload } from "#lib/uploads/resumable/create-upload.ts";
import { createUploadBody, storedSchema, uploadSchema } from "#lib/uploads/schema.ts";

export const POST = route({
  method: "POST",
  path: "/uploads",
  operation: "create_upload",
  limit: "upload",
  permission: "version.register",
  summary: "Begin a resumable upload of one file",
  description:
    "Answers 200 and `stored` instead when a version that you may read has a file with this digest: name the digest in `files` then.",
  group: "Uploads",
  body: createUploadBody,
  responses: { 200: storedSchema, 201: uploadSchema },
  errors: ["too_large", "too_many_uploads", "quota_exceeded", "insufficient_storage"],
  handle: async ({ ctx, body }) => {
    const upload = await createUpload(ctx, body);
    if ("stored" in upload) return upload;
    return new Reply(201, upload, { Location: `/api/v1/uploads/${upload.id}` });
  },
});
