/**
 * A route is a declaration: its input, its output and the use case that it calls. Everything that all routes share
 * happens here once: request id, actor, origin check, validation, errors, the log.
 */

import { z } from "zod";
import { assertMay, type Permission } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import { type ErrorCode, RegistryError } from "#lib/errors.ts";
import { observeRequest } from "#lib/metrics/request-metrics.ts";
import { toRegistryError } from "#lib/to-registry-error.ts";
import { readInput } from "#lib/wire/read-input.ts";
import { type Answer, isStreamed, toResponse } from "./answer.ts";
import type { ApiRequest } from "./api-request.ts";
import { assertStorable, type Parameters, readQuery } from "./parameters.ts";
import { type ErrorDialect, problemAnswer } from "./problem.ts";
import { readJson } from "./read-json.ts";
import { requestIdOf } from "./request-id.ts";

type Schema = z.ZodType;
type PathParams = Parameters;
type Out<S> = S extends Schema ? z.output<S> : undefined;

export type RouteInput<C, P, Q, B> = {
  ctx: C;
  request: ApiRequest;
  params: Out<P>;
  query: Out<Q>;
  body: Out<B>;
};

export type Declaration<C = never, P = unknown, Q = unknown, B = unknown> = {
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** OpenAPI path below the prefix of its table, e.g. `/models/{name}`; a parameter `{path}` takes all segments that follow. */
  path: string;
  /** Stable name: OpenAPI operationId and the log's `operation`. */
  operation: string;
  /** Asked for before the parameters are looked at and before a byte of the body is read; `public` is for everybody. */
  permission: Permission | "public";
  summary: string;
  description?: string;
  group: string;
  params?: P;
  query?: Q;
  /** A JSON body; uploads leave it out and read the request themselves. */
  body?: B;
  /** Documents a body that is not JSON, or one of several. */
  otherBodies?: Record<string, Schema>;
  /** Status -> schema of the JSON body; null for no body, and for bytes. */
  responses: Record<number, Schema | null>;
  /** Error codes worth naming in the reference, besides the ones that every route can give. */
  errors?: readonly ErrorCode[];
  /** Set where caches may keep the answer; the default is `private, no-store`. */
  cacheControl?: string;
  handle: (input: RouteInput<C, P, Q, B>) => Promise<unknown>;
};

/** Values by the names in the path; a path without parameters has none at all. */
type GivenParams = PathParams | undefined;

export type RouteHandler = ((
  request: ApiRequest,
  context: { params: Promise<GivenParams> },
) => Promise<Response>) & {
  declaration: Declaration;
  /** Answers for our own server, which needs no web `Response` around the answer. */
  answer: (request: ApiRequest, params: GivenParams) => Promise<Answer>;
};

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

/**
 * `getContext` builds the context of the use case; it is given the request id and may refuse the request. `dialect`
 * turns errors into answers that the clients of these routes understand.
 */
export function createRoute<C extends Ctx>(
  getContext: (request: ApiRequest, requestId: string) => Promise<C>,
  dialect: ErrorDialect = problemAnswer,
) {
  return function route<
    P extends Schema | undefined = undefined,
    Q extends Schema | undefined = undefined,
    B extends Schema | undefined = undefined,
  >(declaration: Declaration<C, P, Q, B>): RouteHandler {
    const answer = async (request: ApiRequest, given: GivenParams): Promise<Answer> => {
      const startedAt = performance.now();
      const requestId = requestIdOf(request.headers.get("x-request-id"));
      let ctx: C | undefined;
      let answered: Answer;
      let failure: RegistryError | undefined;
      let about: PathParams = given ?? {};
      try {
        refuseCrossSite(request);
        refuseStaleChange(request);
        ctx = await getContext(request, requestId);
        if (declaration.permission !== "public") assertMay(ctx, declaration.permission);
        const pathParams = given ?? {};
        const params = readParameters(declaration.params, pathParams, "path");
        const query = readParameters(declaration.query, readQuery(request), "query");
        const body = declaration.body
          ? readInput(declaration.body, await readJson(request), "body")
          : undefined;
        const input = { ctx, request, params, query, body } as RouteInput<C, P, Q, B>;
        const result = await declaration.handle(input);
        about = { ...pathParams, ...namedBy(result) };
        answered = toAnswer(result, declaration, requestId);
      } catch (thrown) {
        failure = toRegistryError(thrown);
        answered = dialect(failure, requestId);
      }
      if (request.method === "HEAD") answered = withoutBody(answered);
      const durationMs = performance.now() - startedAt;
      observeRequest(declaration.operation, answered.status, durationMs / 1000);
      if (ctx) logRequest(ctx, declaration, about, answered.status, durationMs, failure);
      return answered;
    };
    const handler = async (
      request: ApiRequest,
      context: { params: Promise<GivenParams> },
    ): Promise<Response> => toResponse(await answer(request, await context.params));
    return Object.assign(handler, {
      answer,
      declaration: declaration as unknown as Declaration,
    });
  };
}

function readParameters(
  schema: Schema | undefined,
  given: Parameters,
  where: "query" | "path",
): unknown {
  assertStorable(given);
  if (schema !== undefined) return readInput(schema, given, where);
  return where === "query" ? readInput(NO_QUERY, given, where) : undefined;
}

const NO_QUERY = z.strictObject({});

/**
 * A page of another site may not change anything in the visitor's name, with or without accounts:
 * browsers say where a request comes from (Fetch Metadata); other clients send nothing.
 */
function refuseCrossSite(request: ApiRequest): void {
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

/**
 * Nothing that can be changed has an ETag, so a tag in If-Match is never its own (RFC 9110, section 13.1.1). To ignore it
 * would overwrite what the client asks us not to.
 */
function refuseStaleChange(request: ApiRequest): void {
  if (request.method === "GET" || request.method === "HEAD") return;
  const ifMatch = request.headers.get("if-match");
  if (ifMatch === null || ifMatch.trim() === "*") return;
  throw new RegistryError(
    "precondition_failed",
    "Only downloads have an ETag, so no tag in If-Match can be that of what this request changes. Leave the header out.",
  );
}

/** The answer to HEAD. Its stream is ended, since nobody would ever read it. */
function withoutBody(answer: Answer): Answer {
  if (!isStreamed(answer)) return answer;
  answer.body?.cancel().catch(() => {});
  return new Response(null, answer);
}

function toAnswer(
  result: unknown,
  declaration: { cacheControl?: string },
  requestId: string,
): Answer {
  if (result instanceof Response) {
    result.headers.set("X-Request-Id", requestId);
    return result;
  }
  const reply = result instanceof Reply ? result : new Reply(200, result);
  const headers: Record<string, string> = {
    ...reply.headers,
    "X-Request-Id": requestId,
    "Cache-Control": declaration.cacheControl ?? "private, no-store",
  };
  if (reply.body === undefined) return { status: reply.status, headers, body: null };
  headers["Content-Type"] = "application/json";
  return { status: reply.status, headers, body: JSON.stringify(reply.body) };
}

/** The model and version in an answer, for the log: the path of a registration names no version. */
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
