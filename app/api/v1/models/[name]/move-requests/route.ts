import { pageReply } from "#lib/http/page-links.ts";
import { modelParams } from "#lib/http/path-schema.ts";
import { Reply } from "#lib/http/route.ts";
import { listMoveRequests } from "#lib/models/protection/list-moves.ts";
import { requestMove } from "#lib/models/protection/request-move.ts";
import {
  listMoveRequestsQuery,
  moveRequestSchema,
  requestMoveBody,
} from "#lib/models/protection/schema.ts";
import { route } from "#lib/server.ts";
import { page } from "#lib/wire/page.ts";

const common = {
  path: "/models/{name}/move-requests",
  group: "Protected moves",
  params: modelParams,
} as const;

export const GET = route({
  ...common,
  method: "GET",
  operation: "list_move_requests",
  permission: "model.read",
  summary: "Requests for protected moves of a model, the newest first",
  query: listMoveRequestsQuery,
  responses: { 200: page(moveRequestSchema) },
  errors: ["model_not_found", "invalid_cursor"],
  handle: async ({ ctx, request, params, query }) =>
    pageReply(request, await listMoveRequests(ctx, { ...params, ...query })),
});

export const POST = route({
  ...common,
  method: "POST",
  operation: "request_move",
  permission: "version.promote",
  summary: "Ask others to approve a protected move",
  body: requestMoveBody,
  responses: { 201: moveRequestSchema },
  errors: ["model_not_found", "version_not_found", "move_not_protected", "move_request_exists"],
  handle: async ({ ctx, params, body }) =>
    new Reply(201, await requestMove(ctx, { ...params, ...body })),
});
