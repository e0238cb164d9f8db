import { pageReply } from "#lib/http/page-links.ts";
import { versionParams } from "#lib/http/path-schema.ts";
import { listTensors } from "#lib/models/list-tensors.ts";
import { listTensorsQuery } from "#lib/models/request-schema.ts";
import { tensorSchema } from "#lib/models/schema.ts";
import { route } from "#lib/server.ts";
import { page } from "#lib/wire/page.ts";

export const GET = route({
  method: "GET",
  path: "/models/{name}/versions/{ref}/tensors",
  operation: "list_tensors",
  permission: "model.read",
  summary: "List a version's tensors: name, dtype, shape, bytes",
  group: "Versions",
  params: versionParams,
  query: listTensorsQuery,
  responses: { 200: page(tensorSchema) },
  errors: ["version_not_found", "invalid_cursor"],
  handle: async ({ ctx, request, params, query }) =>
    pageReply(request, await listTensors(ctx, { ...params, ...query })),
});
