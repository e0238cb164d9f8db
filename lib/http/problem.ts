/** RFC 9457 problem details: the only shape of an error on the wire. */
import { z } from "zod";
import { ERROR_TABLE, type ErrorCode, isRegistryError, RegistryError } from "../errors.ts";

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
const RETRY_AFTER_SECONDS = 5;

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

/** Anything thrown -> what the client may know of it. Only a RegistryError's own words get out. */
export function toRegistryError(thrown: unknown): RegistryError {
  // By name: the services may come from another of Next's bundles, which has a class of its own.
  if (isRegistryError(thrown)) return thrown;
  if (isUnavailable(thrown)) {
    return new RegistryError(
      "unavailable",
      "The database does not answer. Try again in a moment.",
      {
        cause: thrown,
      },
    );
  }
  return new RegistryError(
    "internal",
    "The server failed; its log has the cause under this request id.",
    {
      cause: thrown,
    },
  );
}

/** Connection refused, lost, or none free: what passes by itself. */
const TRANSIENT_CODES = new Set([
  "P1001",
  "P1002",
  "P1008",
  "P1017",
  "P2024",
  "P2028",
  "ECONNREFUSED",
  "ECONNRESET",
  "ETIMEDOUT",
  "57P01",
  "57P02",
  "57P03",
  "53300",
  "08006",
  "08001",
]);

function isUnavailable(thrown: unknown): boolean {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if ("code" in error && TRANSIENT_CODES.has(String(error.code))) return true;
    const meta = "meta" in error ? JSON.stringify(error.meta) : "";
    if (/DatabaseNotReachable|ConnectionClosed|TooManyConnections|SocketTimeout/.test(meta))
      return true;
  }
  return false;
}
