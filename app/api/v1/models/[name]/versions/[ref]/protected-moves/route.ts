import { versionParams } from "#lib/http/path-schema.ts";
import { listPossibleMoves } from "#lib/models/protection/list-moves.ts";
import { possibleMovesSchema } from "#lib/models/protection/schema.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/models/{name}/versions/{ref}/protected-moves",
  operation: "list_protected_moves",
  permission: "model.read",
  summary: "The protected aliases and stages of a model, and whether this version meets them",
  group: "Protected moves",
  params: versionParams,
  responses: { 200: possibleMovesSchema },
  errors: ["model_not_found", "version_not_found"],
  handle: ({ ctx, params }) => listPossibleMoves(ctx, params),
});
