/** How this protocol declares a call: its method, its path and one use case. */
import { z } from "zod";
import type { Permission } from "#lib/access/policy.ts";
import type { LimitName } from "#lib/accounts/limits.ts";
import { RegistryError } from "#lib/errors.ts";
import type { ApiRequest } from "#lib/http/api-request.ts";
import type { Parameters } from "#lib/http/parameters.ts";
import type { Endpoint } from "#lib/http/route-table.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import { baseUrlOf, protocolRoutes } from "#lib/server.ts";
import { mlflowAnswer } from "./dialect.ts";
import { Given } from "./parameters.ts";

const route = protocolRoutes({ dialect: mlflowAnswer });
const anyQuery = z.record(z.string(), z.union([z.string(), z.array(z.string())]));
const anyPath = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

export type CallInput = {
  ctx: ModelCtx;
  request: ApiRequest;
  /** The parameters of the query, or of the body where there is one. */
  given: Given;
  params: Parameters;
  /** Where the client finds this server. */
  baseUrl: string;
};

export type Call = Endpoint & { operation: string; permission: Permission | "public" };

type About = {
  operation: string;
  permission: Permission | "public";
  limit?: LimitName;
  /** The body is bytes, which the handler reads itself. */
  hasRawBody?: boolean;
};

export function call(
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  about: About,
  handle: (input: CallInput) => Promise<unknown>,
): Call {
  const { operation, permission, limit, hasRawBody = false } = about;
  const hasParameters = path.includes("{");
  const { answer } = route({
    method,
    path,
    operation: `mlflow_${operation}`,
    permission,
    ...(limit === undefined ? {} : { limit }),
    summary: operation,
    group: "MLflow",
    query: anyQuery,
    ...(hasParameters ? { params: anyPath } : {}),
    responses: { 200: null },
    handle: async ({ ctx, request, query, params }) => {
      const given = hasRawBody ? Given.none : await Given.of(request, query);
      const baseUrl = baseUrlOf(ctx, request);
      return handle({ ctx, request, given, params: (params ?? {}) as Parameters, baseUrl });
    },
  });
  return { method, path, answer, operation: `mlflow_${operation}`, permission };
}

/** Does `work` for a model, or a version, that the client called so, and tells it in MLflow's words where there is none. */
export async function naming<T>(
  { name, version }: { name: string; version?: string },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const { code } = error;
    if (code === "model_not_found") throw modelNotFound(name, error);
    if (code === "version_not_found" && version !== undefined)
      throw versionNotFound(name, version, error);
    throw error;
  }
}

export function modelNotFound(name: string, cause?: unknown): RegistryError {
  const detail = `Registered Model with name=${name} not found`;
  return new RegistryError("model_not_found", detail, { cause });
}

export function versionNotFound(name: string, version: string, cause?: unknown): RegistryError {
  const detail = `Model Version (name=${name}, version=${version}) not found`;
  return new RegistryError("version_not_found", detail, { cause });
}
