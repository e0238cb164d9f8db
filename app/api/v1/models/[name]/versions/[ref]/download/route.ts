import { sendVersion } from "@/lib/http/download-request.ts";
import { versionParams } from "@/lib/http/path-schema.ts";
import { downloadQuery } from "@/lib/models/request-schema.ts";
import { route } from "@/lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/models/{name}/versions/{ref}/download",
  operation: "download_version",
  summary: "Download the single file, or a tar of all files",
  group: "Downloads",
  params: versionParams,
  query: downloadQuery,
  responses: { 200: null, 206: null, 304: null, 307: null },
  errors: ["version_quarantined", "version_not_found"],
  handle: sendVersion,
});
