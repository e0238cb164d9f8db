import { aliasParams } from "#lib/http/path-schema.ts";
import { listAliasHistory } from "#lib/models/list-alias-history.ts";
import { aliasHistoryQuery } from "#lib/models/request-schema.ts";
import { aliasHistorySchema } from "#lib/models/schema.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/models/{name}/aliases/{alias}/history",
  operation: "list_alias_history",
  permission: "model.read",
  summary: "Who moved an alias, when, from and to what; `at` answers as of then",
  group: "Aliases",
  params: aliasParams,
  query: aliasHistoryQuery,
  responses: { 200: aliasHistorySchema },
  errors: ["model_not_found", "alias_not_found"],
  handle: ({ ctx, params, query }) =>
    listAliasHistory(ctx, { ...params, at: query.at ? new Date(query.at) : undefined }),
});
