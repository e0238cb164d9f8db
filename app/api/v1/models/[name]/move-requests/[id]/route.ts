import { moveRequestParams } from "#lib/http/path-schema.ts";
import { Reply } from "#lib/http/route.ts";
import { withdrawMove } from "#lib/models/protection/decide-move.ts";
import { getMoveRequest } from "#lib/models/protection/list-moves.ts";
import { moveRequestSchema } from "#lib/models/protection/schema.ts";
import { route } from "#lib/server.ts";

const common = {
  path: "/models/{name}/move-requests/{id}",
  group: "Protected moves",
  params: moveRequestParams,
} as const;

export const GET = route({
  ...common,
  method: "GET",
  operation: "get_move_request",
  permission: "model.read",
  summary: "One request, with the checks as they are now",
  responses: { 200: moveRequestSchema },
  errors: ["model_not_found", "move_request_not_found"],
  handle: ({ ctx, params }) => getMoveRequest(ctx, params),
});

export const DELETE = route({
  ...common,
  method: "DELETE",
  operation: "withdraw_move",
  permission: "version.promote",
  summary: "Take a request back",
  responses: { 204: null },
  errors: ["model_not_found", "move_request_not_found", "move_request_closed"],
  handle: async ({ ctx, params }) => {
    await withdrawMove(ctx, params);
    return new Reply(204);
  },
});
