/** RFC 9457 problem details: the only shape of an error on the wire. */
import { z } from "zod";
import { ERROR_TABLE, type ErrorCode, type FieldProblem, RegistryError } from "../errors.ts";

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

export function fromZodError(error: z.ZodError, where: "body" | "query" | "path"): RegistryError {
  const problems: FieldProblem[] = error.issues.slice(0, 50).flatMap((issue) => {
    const path = issue.path
      .map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`)
      .join("");
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        pointer: `${path}/${key.slice(0, 100)}`,
        detail: "is not known here",
      }));
    }
    return [{ pointer: path, detail: issue.message }];
  });
  const first = problems[0];
  const summary = first
    ? `${first.pointer || where}: ${first.detail}`
    : `The ${where} is not valid.`;
  const code: ErrorCode =
    first?.pointer === "/name" && where !== "query" ? "invalid_name" : "invalid_request";
  return new RegistryError(code, summary, { problems, cause: error });
}
