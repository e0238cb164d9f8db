/** The one way in which client components speak to the REST interface. */

export type FieldError = { pointer: string; detail: string };

/** An answer that is not 2xx (problem+json), or no answer at all (`status` 0, `code` "network"). */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly title: string;
  /** One sentence for the user; empty when the server could not be reached. */
  readonly detail: string;
  readonly errors: readonly FieldError[];
  readonly requestId: string | null;

  constructor(problem: {
    status: number;
    code: string;
    title?: string;
    detail?: string;
    errors?: readonly FieldError[];
    requestId?: string | null;
    cause?: unknown;
  }) {
    super(problem.detail ?? problem.code, { cause: problem.cause });
    this.status = problem.status;
    this.code = problem.code;
    this.title = problem.title ?? "";
    this.detail = problem.detail ?? "";
    this.errors = problem.errors ?? [];
    this.requestId = problem.requestId ?? null;
  }

  /** Field name -> its problem; `/tags/0` belongs to the field `tags`. */
  get fieldErrors(): Record<string, string> {
    const fields: Record<string, string> = {};
    for (const error of this.errors) {
      const field = error.pointer.split("/")[1];
      if (field && !(field in fields)) fields[field] = error.detail;
    }
    return fields;
  }
}

type RequestOptions = {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Sent as JSON. */
  body?: unknown;
  signal?: AbortSignal;
};

/**
 * Calls `/api/v1` + `path` and answers the JSON (undefined for 204). The caller names the wire type.
 * @throws {ApiError}
 */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method: options.method ?? "GET",
      headers: {
        Accept: "application/json",
        ...(options.body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      signal: options.signal,
      cache: "no-store",
    });
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new ApiError({ status: 0, code: "network", cause });
  }
  if (!response.ok) throw await toApiError(response);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

/** Reads a problem+json answer; a proxy's HTML error page becomes an error without detail. */
export async function toApiError(response: Response): Promise<ApiError> {
  const text = await response.text();
  return parseProblem(response.status, text, response.headers.get("x-request-id"));
}

/** Reads the answer of an XMLHttpRequest, which reports upload progress. */
export function parseProblem(status: number, text: string, requestId: string | null): ApiError {
  let body: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (parsed && typeof parsed === "object") body = parsed as Record<string, unknown>;
  } catch {
    // Not JSON: the status is all that is known.
  }
  const word = (key: string) => (typeof body[key] === "string" ? (body[key] as string) : undefined);
  return new ApiError({
    status,
    code: word("code") ?? `http_${status}`,
    title: word("title"),
    detail: word("detail"),
    errors: Array.isArray(body.errors) ? (body.errors as FieldError[]).filter(isFieldError) : [],
    requestId: word("request_id") ?? requestId,
  });
}

function isFieldError(value: unknown): value is FieldError {
  const error = value as Partial<FieldError> | null;
  return typeof error?.pointer === "string" && typeof error.detail === "string";
}
