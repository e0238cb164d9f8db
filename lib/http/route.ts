/**
 * A route is a declaration: what it takes, what it gives and the use case it calls. Everything that
 * all routes share happens here once: request id, actor, origin check, validation, errors, the log.
 */
import type { z } from "zod";
import type { Ctx } from "../context.ts";
import { RegistryError } from "../errors.ts";
import { observeRequest } from "../metrics/request-metrics.ts";
import { toRegistryError } from "../to-registry-error.ts";
import { fromZodError, problemResponse } from "./problem.ts";
import { readJson } from "./read-json.ts";

type Schema = z.ZodType;
/** As Next gives them; a path without parameters has none at all. */
type PathParams = Record<string, string | string[]>;
type Out<S> = S extends Schema ? z.output<S> : undefined;

export type RouteInput<P, Q, B> = {
  ctx: Ctx;
  request: Request;
  params: Out<P>;
  query: Out<Q>;
  body: Out<B>;
};

export type Declaration<P = unknown, Q = unknown, B = unknown> = {
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** OpenAPI path below /api/v1, e.g. `/models/{name}`. */
  path: string;
  /** Stable name: OpenAPI operationId and the log's `operation`. */
  operation: string;
  summary: string;
  description?: string;
  group: string;
  params?: P;
  query?: Q;
  /** A JSON body; uploads leave it out and read the request themselves. */
  body?: B;
  /** Documents a body that is not JSON, or one of several. */
  otherBodies?: Record<string, Schema>;
  /** Status -> schema of the JSON body; null: no body or bytes. */
  responses: Record<number, Schema | null>;
  /** Error codes worth naming in the reference, besides the ones that every route can give. */
  errors?: readonly string[];
  /** Readable by caches only after asking again; the default is `private, no-store`. */
  cacheControl?: string;
  handle: (input: RouteInput<P, Q, B>) => Promise<unknown>;
};

export type RouteHandler = ((
  request: Request,
  context: { params: Promise<PathParams> },
) => Promise<Response>) & { declaration: Declaration };

/** An answer other than `200` + JSON. */
export class Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Record<string, string>;
  constructor(status: number, body?: unknown, headers: Record<string, string> = {}) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** `getContext` builds what a use case needs; it is given the request id and may refuse the request. */
export function createRoute(getContext: (request: Request, requestId: string) => Promise<Ctx>) {
  return function route<
    P extends Schema | undefined = undefined,
    Q extends Schema | undefined = undefined,
    B extends Schema | undefined = undefined,
  >(declaration: Declaration<P, Q, B>): RouteHandler {
    const handler = async (
      request: Request,
      context: { params: Promise<PathParams> },
    ): Promise<Response> => {
      const startedAt = performance.now();
      const requestId = requestIdOf(request);
      let ctx: Ctx | undefined;
      let response: Response;
      let failure: RegistryError | undefined;
      let about: PathParams = {};
      try {
        refuseCrossSite(request);
        ctx = await getContext(request, requestId);
        const pathParams = (await context.params) ?? {};
        about = pathParams;
        const params = parse(declaration.params, pathParams, "path");
        const query = parse(declaration.query, queryOf(request), "query");
        const body = declaration.body
          ? parse(declaration.body, await readJson(request), "body")
          : undefined;
        const input = { ctx, request, params, query, body } as RouteInput<P, Q, B>;
        const result = await declaration.handle(input);
        about = { ...pathParams, ...namedBy(result) };
        response = toResponse(result, declaration, requestId);
      } catch (thrown) {
        failure = toRegistryError(thrown);
        response = problemResponse(failure, requestId);
      }
      const durationMs = performance.now() - startedAt;
      observeRequest(declaration.operation, response.status, durationMs / 1000);
      if (ctx) logRequest(ctx, declaration, about, response.status, durationMs, failure);
      return response;
    };
    return Object.assign(handler, { declaration: declaration as unknown as Declaration });
  };
}

function parse(
  schema: Schema | undefined,
  value: unknown,
  where: "body" | "query" | "path",
): unknown {
  if (schema === undefined) {
    if (where === "query" && Object.keys(value as object).length > 0) {
      const problems = Object.keys(value as object).map((key) => ({
        pointer: `/${key.slice(0, 100)}`,
        detail: "is not known here",
      }));
      throw new RegistryError("invalid_request", "This takes no query parameters.", { problems });
    }
    return undefined;
  }
  const result = schema.safeParse(value);
  if (!result.success) throw fromZodError(result.error, where);
  return result.data;
}

function queryOf(request: Request): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  const parameters = new URL(request.url).searchParams;
  for (const key of new Set(parameters.keys())) {
    const values = parameters.getAll(key);
    if (values.some((value) => value.includes("\0"))) {
      throw new RegistryError("invalid_request", `${key}: a NUL character is not allowed.`);
    }
    query[key] = values.length === 1 ? (values[0] as string) : values;
  }
  return query;
}

/** A well-formed id of the client is kept, so that its logs and ours can be joined. */
function requestIdOf(request: Request): string {
  const given = request.headers.get("x-request-id");
  return given !== null && /^[A-Za-z0-9_-]{8,64}$/.test(given) ? given : crypto.randomUUID();
}

/**
 * A page of another site may not change anything in the visitor's name, with or without accounts:
 * browsers say where a request comes from (Fetch Metadata); other clients send nothing.
 */
function refuseCrossSite(request: Request): void {
  if (request.method === "GET" || request.method === "HEAD") return;
  const site = request.headers.get("sec-fetch-site");
  const origin = request.headers.get("origin");
  const isForeign =
    site !== null
      ? site !== "same-origin" && site !== "none"
      : origin !== null && URL.parse(origin)?.host !== request.headers.get("host");
  if (isForeign)
    throw new RegistryError("forbidden", "Requests from other sites may not change anything.");
}

function toResponse(
  result: unknown,
  declaration: { cacheControl?: string },
  requestId: string,
): Response {
  if (result instanceof Response) {
    result.headers.set("X-Request-Id", requestId);
    return result;
  }
  const reply = result instanceof Reply ? result : new Reply(200, result);
  const headers = new Headers(reply.headers);
  headers.set("X-Request-Id", requestId);
  headers.set("Cache-Control", declaration.cacheControl ?? "private, no-store");
  if (reply.body === undefined) return new Response(null, { status: reply.status, headers });
  headers.set("Content-Type", "application/json");
  headers.set("X-Content-Type-Options", "nosniff");
  return new Response(JSON.stringify(reply.body), { status: reply.status, headers });
}

/** A registration's path names no version; its answer does. */
function namedBy(result: unknown): PathParams {
  const body: unknown = result instanceof Reply ? result.body : null;
  if (typeof body !== "object" || body === null || !("model" in body) || !("version" in body))
    return {};
  return { name: String(body.model), ref: String(body.version) };
}

function logRequest(
  ctx: Ctx,
  declaration: { operation: string },
  about: PathParams,
  status: number,
  durationMs: number,
  failure: RegistryError | undefined,
): void {
  const entry = {
    operation: declaration.operation,
    model_name: about.name ?? null,
    version: about.ref ?? null,
    duration_ms: Math.round(durationMs),
    user: ctx.actor.name,
    status,
    request_id: ctx.requestId,
    ...(failure ? { code: failure.code, detail: failure.detail } : {}),
  };
  if (status >= 500)
    ctx.log.error({ ...entry, error: failure?.cause ?? failure }, "request failed");
  else ctx.log.info(entry, "request");
}
