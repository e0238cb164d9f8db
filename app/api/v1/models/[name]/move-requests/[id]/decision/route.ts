import { moveRequestParams } from "#lib/http/path-schema.ts";
import { decideMove } from "#lib/models/protection/decide-move.ts";
import { decideMoveBody, moveRequestSchema } from "#lib/models/protection/schema.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/models/{name}/move-requests/{id}/decision",
  operation: "decide_move",
  permission: "move.decide",
  summary: "Approve or refuse somebody else's request",
  description:
    "One refusal ends a request. With the last approval that is missing the move is made; where it cannot be, `problem` says why.",
  group: "Protected moves",
  params: moveRequestParams,
  body: decideMoveBody,
  responses: { 200: moveRequestSchema },
  errors: ["model_not_found", "move_request_not_found", "move_request_closed"],
  handle: ({ ctx, params, body }) => decideMove(ctx, { ...params, ...body }),
});
