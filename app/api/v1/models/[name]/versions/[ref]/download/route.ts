import { sendVersion } from "#lib/http/download-request.ts";
import { versionParams } from "#lib/http/path-schema.ts";
import { downloadQuery } from "#lib/models/request-schema.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/models/{name}/versions/{ref}/download",
  operation: "download_version",
  limit: "download",
  permission: "model.read",
  summary: "Download the single file, or a tar of all files",
  description:
    "The tar leaves out the files whose verdict withholds them: X-Withheld-Count says how many, X-Withheld-Files names as many " +
    "as fit (percent-encoded, comma-separated), the version's `withheld` names all. When every file is withheld it is refused.",
  group: "Downloads",
  params: versionParams,
  query: downloadQuery,
  responses: { 200: null, 206: null, 304: null, 307: null },
  errors: [
    "version_quarantined",
    "version_not_found",
    "precondition_failed",
    "range_not_satisfiable",
  ],
  handle: sendVersion,
});
