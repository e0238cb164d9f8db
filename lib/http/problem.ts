/** Errors on the wire: RFC 9457 problem details, unless a protocol has a dialect of its own. */
import { z } from "zod";
import { ERROR_TABLE, type ErrorCode, type RegistryError } from "#lib/errors.ts";
import { type TextAnswer, toResponse } from "./answer.ts";

export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.enum(Object.keys(ERROR_TABLE) as [ErrorCode, ...ErrorCode[]]),
  detail: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })),
  request_id: z.string(),
});

/** Seconds that a client should wait before it asks a busy server again. */
export const RETRY_AFTER_SECONDS = 5;

/** How a protocol tells its clients of an error. */
export type ErrorDialect = (
  error: RegistryError,
  requestId: string,
) => TextAnswer & { body: string };

/** RFC 9457, the dialect of our own API. */
export const problemAnswer: ErrorDialect = (error, requestId) => {
  const retryAfter = error.retryAfterSeconds ?? (error.status === 503 ? RETRY_AFTER_SECONDS : null);
  const fields: z.infer<typeof problemSchema> = {
    type: `/docs/api#error-${error.code}`,
    title: error.title,
    status: error.status,
    code: error.code,
    detail: error.detail,
    errors: [...error.problems],
    request_id: requestId,
  };
  return {
    status: error.status,
    headers: {
      "Content-Type": "application/problem+json",
      "Cache-Control": "private, no-store",
      "X-Content-Type-Options": "nosniff",
      "X-Request-Id": requestId,
      ...error.headers,
      ...(retryAfter === null ? {} : { "Retry-After": String(retryAfter) }),
      // RFC 9110, section 11.6.1: a 401 names the scheme that would do.
      ...(error.status === 401 ? { "WWW-Authenticate": 'Bearer realm="model-registry"' } : {}),
    },
    body: JSON.stringify(fields),
  };
};

export function problemResponse(
  error: RegistryError,
  requestId: string,
  extra: Record<string, string> = {},
): Response {
  const { status, headers, body } = problemAnswer(error, requestId);
  return toResponse({ status, headers: { ...extra, ...headers }, body });
}
