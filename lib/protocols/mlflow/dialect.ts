/** Errors as clients of MLflow read them: `{"error_code", "message"}`, by the names of its protocol. */
import type { ErrorCode } from "#lib/errors.ts";
import { type ErrorDialect, RETRY_AFTER_SECONDS } from "#lib/http/problem.ts";

type Told = { status: number; code: string };

const INVALID: Told = { status: 400, code: "INVALID_PARAMETER_VALUE" };
const EXISTS: Told = { status: 400, code: "RESOURCE_ALREADY_EXISTS" };

/** What differs from the rule of its status. */
const BY_CODE: Partial<Record<ErrorCode, Told>> = {
  // A missing alias is a wrong parameter to MLflow's own server.
  alias_not_found: INVALID,
  not_found: { status: 404, code: "ENDPOINT_NOT_FOUND" },
  model_exists: EXISTS,
  model_in_trash: EXISTS,
  version_exists: EXISTS,
};

/** Who comes here for an experiment or a run has set the one address where the other was meant. */
const NO_ENDPOINT =
  "This is a model registry, which has no experiments and runs. Lead the registry here " +
  "(mlflow.set_registry_uri), and the tracking to an MLflow server (mlflow.set_tracking_uri).";

const BY_STATUS: Record<number, string> = {
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "RESOURCE_DOES_NOT_EXIST",
  409: "RESOURCE_CONFLICT",
  429: "REQUEST_LIMIT_EXCEEDED",
  503: "TEMPORARILY_UNAVAILABLE",
};

/**
 * A status that its clients try again by is kept for what passes: 408, 429, 500, 502, 503, 504. Of 4xx they look at the code
 * alone.
 */
export const mlflowAnswer: ErrorDialect = (error, requestId) => {
  const { status, code } = BY_CODE[error.code] ?? {
    status: error.status,
    code:
      BY_STATUS[error.status] ??
      (error.status < 500 ? "INVALID_PARAMETER_VALUE" : "INTERNAL_ERROR"),
  };
  const retryAfter = error.retryAfterSeconds ?? (status === 503 ? RETRY_AFTER_SECONDS : null);
  return {
    status,
    headers: {
      "Content-Type": "application/json",
      "Cache-Control": "private, no-store",
      "X-Content-Type-Options": "nosniff",
      "X-Request-Id": requestId,
      ...error.headers,
      ...(retryAfter === null ? {} : { "Retry-After": String(retryAfter) }),
      ...(status === 401
        ? { "WWW-Authenticate": 'Basic realm="model-registry", charset="UTF-8"' }
        : {}),
    },
    body: JSON.stringify({
      error_code: code,
      message: error.code === "not_found" ? NO_ENDPOINT : error.detail,
    }),
  };
};
