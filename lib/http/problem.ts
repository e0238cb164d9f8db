/** RFC 9457 problem details: the only shape of an error on the wire. */
import { z } from "zod";
import { ERROR_TABLE, type ErrorCode, type RegistryError } from "#lib/errors.ts";

export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.enum(Object.keys(ERROR_TABLE) as [ErrorCode, ...ErrorCode[]]),
  detail: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })),
  request_id: z.string(),
});

/** What a busy client should wait before it tries again, seconds. */
export const RETRY_AFTER_SECONDS = 5;

export type Problem = { headers: Record<string, string>; body: string };

/** Header names are as the wire has them; the body is JSON. */
export function toProblem(error: RegistryError, requestId: string): Problem {
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
    headers: {
      "Content-Type": "application/problem+json",
      "Cache-Control": "private, no-store",
      "X-Content-Type-Options": "nosniff",
      "X-Request-Id": requestId,
      ...(error.status === 503 ? { "Retry-After": String(RETRY_AFTER_SECONDS) } : {}),
    },
    body: JSON.stringify(fields),
  };
}

export function problemResponse(
  error: RegistryError,
  requestId: string,
  extra: Record<string, string> = {},
): Response {
  const { headers, body } = toProblem(error, requestId);
  return new Response(body, { status: error.status, headers: { ...extra, ...headers } });
}
