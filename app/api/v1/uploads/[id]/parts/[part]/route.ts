import { z } from "zod";
import { requestBody } from "#lib/http/raw-body.ts";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";
import { putPart } from "#lib/uploads/resumable/put-part.ts";
import { partParams } from "#lib/uploads/schema.ts";

export const PUT = route({
  method: "PUT",
  path: "/uploads/{id}/parts/{part}",
  operation: "put_part",
  limit: "upload",
  permission: "version.register",
  summary: "Store one part of an upload",
  description:
    "The body is the part's bytes. Parts are numbered from 0 and may come in parallel, in any order, and again with the same bytes. " +
    "A `Content-Digest` header (RFC 9530, `sha-256` or `sha-512`) is compared with the bytes.",
  group: "Uploads",
  params: partParams,
  otherBodies: { "application/octet-stream": z.string().meta({ format: "binary" }) },
  responses: { 204: null },
  errors: [
    "upload_not_found",
    "upload_conflict",
    "length_mismatch",
    "digest_mismatch",
    "insufficient_storage",
  ],
  handle: async ({ ctx, request, params }) => {
    const headers = Object.fromEntries(request.headers);
    await putPart(ctx, { ...params, headers, body: requestBody(request) });
    return new Reply(204);
  },
});
