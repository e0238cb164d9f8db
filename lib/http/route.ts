/**
 * A route is a declaration: its input, its output and the use case that it calls. Everything that all routes share
 * happens here once: request id, actor, origin check, validation, errors, the log.
 */

import { z } from "zod";
import { assertMay, type Permission } from "#lib/access/policy.ts";
import type { LimitName } from "#lib/accounts/limits.ts";
import type { Ctx } from "#lib/context.ts";
import type { ErrorCode, RegistryError } from "#lib/errors.ts";
import { observeMissing, observeRequest, requestBegins } from "#lib/metrics/request-metrics.ts";
import { toRegistryError } from "#lib/to-registry-error.ts";
import { inRequestSpan, inSpan } from "#lib/tracing/span.ts";
import { readInput } from "#lib/wire/read-input.ts";
import { type Answer, isStreamed, toResponse } from "./answer.ts";
import type { ApiRequest } from "./api-request.ts";
import { assertStorable, type Parameters, readQuery } from "./parameters.ts";
import { type ErrorDialect, problemAnswer } from "./problem.ts";
import { readJson } from "./read-json.ts";
import { refuseCrossSite, refuseStaleChange } from "./refuse-change.ts";
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
  /** Values that a JSON body may have, where more than the usual number are to be expected. */
  bodyValuesMax?: number;
  /** Documents a body that is not JSON, or one of several. */
  otherBodies?: Record<string, Schema>;
  /** Status -> schema of the JSON body; null for no body, and for bytes. */
  responses: Record<number, Schema | null>;
  /** Media types of a 200 other than JSON, which a client may ask for. */
  otherTypes?: readonly string[];
  /** Error codes worth naming in the reference, besides the ones that every route can give. */
  errors?: readonly ErrorCode[];
  /** Set where caches may keep the answer; the default is `private, no-store`. */
  cacheControl?: string;
  /** What counts against which limit; the default is `api`. */
  limit?: LimitName;
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

type RouteOptions<C> = {
  dialect?: ErrorDialect;
  /** Counts the request and gives the headers that say how many more there may be. Throws `rate_limited`. */
  limit?: (ctx: C, name: LimitName) => Promise<Readonly<Record<string, string>>>;
};
const unlimited = async () => ({});

/**
 * `getContext` builds the context of the use case and may refuse the request; for a public route it asks for no
 * credential. `dialect` turns errors into answers that the clients of these routes understand.
 */
export function createRoute<C extends Ctx>(
  getContext: (request: ApiRequest, about: { requestId: string; isPublic: boolean }) => Promise<C>,
  { dialect = problemAnswer, limit = unlimited }: RouteOptions<C> = {},
) {
  return function route<
    P extends Schema | undefined = undefined,
    Q extends Schema | undefined = undefined,
    B extends Schema | undefined = undefined,
  >(declaration: Declaration<C, P, Q, B>): RouteHandler {
    const answer = (request: ApiRequest, given: GivenParams): Promise<Answer> => {
      const { method, headers } = request;
      return inRequestSpan({ method, headers, route: declaration.path }, () =>
        answerRequest(request, given),
      );
    };
    const answerRequest = async (request: ApiRequest, given: GivenParams): Promise<Answer> => {
      const startedAt = performance.now();
      const requestId = requestIdOf(request.headers.get("x-request-id"));
      let ctx: C | undefined;
      let answered: Answer;
      let failure: RegistryError | undefined;
      let about: PathParams = given ?? {};
      let limits: Readonly<Record<string, string>> = {};
      const requestEnds = requestBegins(declaration.operation);
      try {
        ctx = await getContext(request, {
          requestId,
          isPublic: declaration.permission === "public",
        });
        limits = await limit(ctx, declaration.limit ?? "api");
        const pathParams = given ?? {};
        const asked = { model: textOf(pathParams.name), version: textOf(pathParams.ref) };
        refuseCrossSite(request, (code) =>
          ctx?.refused?.({ permission: declaration.permission, code, ...asked }),
        );
        refuseStaleChange(request);
        if (declaration.permission !== "public") assertMay(ctx, declaration.permission, asked);
        const params = readParameters(declaration.params, pathParams, "path");
        const query = readParameters(declaration.query, readQuery(request), "query");
        const body = declaration.body
          ? readInput(declaration.body, await readJson(request, declaration.bodyValuesMax), "body")
          : undefined;
        const input = { ctx, request, params, query, body } as RouteInput<C, P, Q, B>;
        const result = await inSpan(declaration.operation, {}, () => declaration.handle(input));
        about = { ...pathParams, ...namedBy(result) };
        answered = toAnswer(result, declaration, requestId);
      } catch (thrown) {
        failure = toRegistryError(thrown);
        answered = dialect(failure, requestId);
      }
      for (const [name, value] of Object.entries(limits)) addHeader(answered, name, value);
      if (request.method === "HEAD") answered = withoutBody(answered);
      const durationMs = performance.now() - startedAt;
      requestEnds();
      // The answer leaves first.
      setImmediate(() => {
        observeRequest(declaration.operation, answered.status, durationMs / 1000);
        if (failure?.code === "model_not_found" && ctx) observeMissing(textOf(about.name), ctx);
        if (ctx) logRequest(ctx, declaration, about, answered.status, durationMs, failure);
      });
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

function textOf(parameter: string | string[] | undefined): string | undefined {
  return typeof parameter === "string" ? parameter : undefined;
}

const NO_QUERY = z.strictObject({});

function addHeader({ headers }: Answer, name: string, value: string): void {
  if (headers instanceof Headers) headers.set(name, value);
  else headers[name] ??= value;
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
