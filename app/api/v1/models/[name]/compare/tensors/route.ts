import { pageReply } from "#lib/http/page-links.ts";
import { modelParams } from "#lib/http/path-schema.ts";
import { comparedTensorsSchema } from "#lib/models/compare-schema.ts";
import { listComparedTensors } from "#lib/models/list-compared-tensors.ts";
import { compareTensorsQuery, toVersionChoice } from "#lib/models/request-schema.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/models/{name}/compare/tensors",
  operation: "compare_tensors",
  permission: "model.read",
  summary: "Compare the tensors of two to four versions, and their values",
  description:
    "With `weights=true` the values are read and compared; a page may then have fewer items than `limit`: go on with `next_cursor`.",
  group: "Versions",
  params: modelParams,
  query: compareTensorsQuery,
  responses: { 200: comparedTensorsSchema },
  errors: [
    "model_not_found",
    "version_not_found",
    "alias_not_found",
    "invalid_cursor",
    "unavailable",
  ],
  handle: async ({ ctx, request, params, query }) => {
    const input = { ...params, ...query, to: query.to.map(toVersionChoice) };
    const { signal } = request;
    return pageReply(request, await listComparedTensors(ctx, { ...input, signal }));
  },
});
