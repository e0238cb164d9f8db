import { pageReply } from "#lib/http/page-links.ts";
import { modelParams } from "#lib/http/path-schema.ts";
import {
  multipartDocumentation,
  REGISTRATION_ERRORS,
  registerFromRequest,
} from "#lib/http/register-request.ts";
import { listVersions } from "#lib/models/list-versions.ts";
import { listVersionsQuery, registerJsonBody } from "#lib/models/request-schema.ts";
import { versionSchema, versionSummarySchema } from "#lib/models/schema.ts";
import { route } from "#lib/server.ts";
import { page } from "#lib/wire/page.ts";

const common = { path: "/models/{name}/versions", group: "Versions", params: modelParams };

export const GET = route({
  ...common,
  method: "GET",
  operation: "list_versions",
  permission: "model.read",
  summary: "List a model's versions, the newest first",
  query: listVersionsQuery,
  responses: { 200: page(versionSummarySchema) },
  errors: ["model_not_found", "invalid_cursor"],
  handle: async ({ ctx, request, params, query }) =>
    pageReply(request, await listVersions(ctx, { ...params, ...query })),
});

export const POST = route({
  ...common,
  method: "POST",
  operation: "register_version",
  limit: "upload",
  permission: "version.register",
  summary: "Register another version of a model",
  otherBodies: {
    "multipart/form-data": multipartDocumentation,
    "application/json": registerJsonBody,
  },
  responses: { 200: versionSchema, 201: versionSchema },
  errors: ["model_not_found", ...REGISTRATION_ERRORS],
  handle: ({ ctx, request, params }) => registerFromRequest(ctx, request, params.name),
});
