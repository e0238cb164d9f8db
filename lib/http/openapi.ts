/** OpenAPI 3.1 from the routes' own declarations and schemas. */
import {
  extendZodWithOpenApi,
  OpenAPIRegistry,
  OpenApiGeneratorV31,
  type ResponseConfig,
} from "@asteasolutions/zod-to-openapi";
import { z } from "zod";
import { problemResponses } from "./problem-responses.ts";
import type { Declaration, RouteHandler } from "./route.ts";

extendZodWithOpenApi(z);

export function buildOpenApi(routes: readonly RouteHandler[], version: string) {
  const registry = new OpenAPIRegistry();
  registry.registerComponent("securitySchemes", "token", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description:
      "A token of `POST /tokens` or `POST /auth/token`. Needed where `api.auth_required` is on; one that is not valid is refused always.",
  });
  for (const { declaration } of routes) registerRoute(registry, declaration);
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: "3.1.0",
    info: {
      title: "Cluster AI Model Registry",
      version,
      description:
        "JSON in snake_case; times are RFC 3339 in UTC; sizes are bytes. Errors are RFC 9457 problems with a stable `code`. " +
        "Lists answer `{items, next_cursor, total}`; unknown query parameters are refused. A method that a path does not have is " +
        "405 with `Allow`; OPTIONS lists the methods. Only downloads have an ETag: a change that names one in `If-Match` is 412.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/api/v1" }],
  });
}

function registerRoute(registry: OpenAPIRegistry, declaration: Declaration): void {
  const { params, query, body, otherBodies } = declaration as Declaration<
    never,
    z.ZodObject,
    z.ZodObject,
    z.ZodType
  >;
  const bodies = body ? { "application/json": body } : otherBodies;
  const content =
    bodies &&
    Object.fromEntries(Object.entries(bodies).map(([type, schema]) => [type, { schema }]));
  registry.registerPath({
    method: declaration.method.toLowerCase() as "get",
    path: declaration.path,
    operationId: declaration.operation,
    summary: declaration.summary,
    ...(declaration.description ? { description: declaration.description } : {}),
    tags: [declaration.group],
    security: declaration.permission === "public" ? [] : [{ token: [] }, {}],
    request: {
      ...(params ? { params: asInputObject(params) } : {}),
      ...(query ? { query: asInputObject(query) } : {}),
      ...(content ? { body: { required: true, content } } : {}),
    },
    responses: { ...successes(declaration), ...problemResponses(declaration) },
    ...(declaration.errors?.length ? { "x-error-codes": declaration.errors } : {}),
  });
}

/** Parameters of path and query are texts on the wire, whatever type they are parsed to. */
function asInputObject(schema: z.ZodObject): z.ZodObject {
  return z.object(
    Object.fromEntries(
      Object.entries(schema.shape).map(([key, value]) => [
        key,
        describeParameter(value as z.ZodType),
      ]),
    ),
  );
}

function describeParameter(schema: z.ZodType): z.ZodType {
  const json = z.toJSONSchema(schema, { io: "output", unrepresentable: "any" });
  const isOptional = schema.safeParse(undefined).success;
  const { $schema: _, ...plain } = json;
  // The base only says "required": `openapi` replaces its type.
  const described = z.string().openapi(plain as never);
  return isOptional ? described.optional() : described;
}

function successes(declaration: Declaration): Record<string, ResponseConfig> {
  return Object.fromEntries(
    Object.entries(declaration.responses).map(([status, schema]) => [
      status,
      schema === null
        ? { description: SUCCESS_TITLE[status] ?? "Done" }
        : {
            description: SUCCESS_TITLE[status] ?? "Done",
            content: {
              "application/json": { schema },
              ...(status === "200" ? otherContent(declaration) : {}),
            },
          },
    ]),
  );
}

function otherContent({ otherTypes = [] }: Declaration) {
  return Object.fromEntries(otherTypes.map((type) => [type, { schema: z.string() }]));
}

const SUCCESS_TITLE: Record<string, string> = {
  200: "OK",
  201: "Created",
  204: "Done, no body",
  206: "A part of the bytes",
  304: "Not modified",
  307: "The object store sends the whole file, when storage.s3.redirect_downloads is on",
};
