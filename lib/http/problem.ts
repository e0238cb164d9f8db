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

export function problemResponse(
  error: RegistryError,
  requestId: string,
  extra?: HeadersInit,
): Response {
  const headers = new Headers(extra);
  headers.set("Content-Type", "application/problem+json");
  headers.set("Cache-Control", "private, no-store");
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("X-Request-Id", requestId);
  if (error.status === 503) headers.set("Retry-After", String(RETRY_AFTER_SECONDS));
  const body: z.infer<typeof problemSchema> = {
    type: `/docs/api#error-${error.code}`,
    title: error.title,
    status: error.status,
    code: error.code,
    detail: error.detail,
    errors: [...error.problems],
    request_id: requestId,
  };
  return new Response(JSON.stringify(body), { status: error.status, headers });
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
