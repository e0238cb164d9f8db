import { sendVersionFile } from "#lib/http/download-request.ts";
import { fileParams } from "#lib/http/path-schema.ts";
import { downloadQuery } from "#lib/models/request-schema.ts";
import { route } from "#lib/server.ts";

const common = {
  path: "/models/{name}/versions/{ref}/files/{path}",
  description:
    "Each file is served by its own verdict: clean always, suspicious with accept_risk=true, others never.",
  group: "Downloads",
  params: fileParams,
  query: downloadQuery,
  responses: { 200: null, 206: null, 304: null, 307: null },
  errors: ["version_quarantined", "file_not_found", "precondition_failed"] as const,
};

export const GET = route({
  ...common,
  errors: [...common.errors, "range_not_satisfiable"],
  method: "GET",
  operation: "download_file",
  limit: "download",
  permission: "model.read",
  summary: "Download a file; ranges and conditional requests are honoured",
  handle: sendVersionFile,
});

export const HEAD = route({
  ...common,
  method: "HEAD",
  operation: "head_file",
  permission: "model.read",
  summary: "A file's size, digest and type",
  handle: sendVersionFile,
});
