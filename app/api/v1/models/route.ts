import { pageReply } from "#lib/http/page-links.ts";
import {
  multipartDocumentation,
  REGISTRATION_ERRORS,
  registerFromRequest,
} from "#lib/http/register-request.ts";
import { listModels } from "#lib/models/list-models.ts";
import { listModelsQuery, registerJsonBody } from "#lib/models/request-schema.ts";
import { modelListSchema, versionSchema } from "#lib/models/schema.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/models",
  operation: "list_models",
  permission: "model.read",
  summary: "List, filter and search models",
  group: "Models",
  query: listModelsQuery,
  responses: { 200: modelListSchema },
  errors: ["invalid_cursor"],
  handle: async ({ ctx, request, query }) => pageReply(request, await listModels(ctx, query)),
});

export const POST = route({
  method: "POST",
  path: "/models",
  operation: "register_model",
  limit: "upload",
  permission: "version.register",
  summary: "Register a version, and its model when it is new",
  group: "Models",
  otherBodies: {
    "multipart/form-data": multipartDocumentation,
    "application/json": registerJsonBody,
  },
  responses: { 200: versionSchema, 201: versionSchema },
  errors: REGISTRATION_ERRORS,
  handle: ({ ctx, request }) => registerFromRequest(ctx, request),
});
