/** What a request that changes something is refused for before anybody asks who sends it. */
import { type ErrorCode, RegistryError } from "#lib/errors.ts";
import type { ApiRequest } from "./api-request.ts";

/**
 * A page of another site may not change anything in the visitor's name, with or without accounts:
 * browsers say where a request comes from (Fetch Metadata); other clients send nothing. `onRefusal` notes it down.
 */
export function refuseCrossSite(
  request: ApiRequest,
  onRefusal: (code: ErrorCode) => void = () => {},
): void {
  if (request.method === "GET" || request.method === "HEAD") return;
  const site = request.headers.get("sec-fetch-site");
  const origin = request.headers.get("origin");
  const isForeign =
    site !== null
      ? site !== "same-origin" && site !== "none"
      : origin !== null && URL.parse(origin)?.host !== request.headers.get("host");
  if (!isForeign) return;
  onRefusal("forbidden");
  throw new RegistryError("forbidden", "Requests from other sites may not change anything.");
}

/**
 * A browser says of each change from which page it comes. Where the session cookie is what allows it, silence is no
 * answer: the browser may be one that does not know Fetch Metadata, and leave Origin out too.
 */
export function refuseUnknownOrigin(request: ApiRequest): void {
  if (request.method === "GET" || request.method === "HEAD") return;
  if (request.headers.has("sec-fetch-site") || request.headers.has("origin")) return;
  throw new RegistryError(
    "forbidden",
    "A change by a session has an Origin header. Programs use a token instead of the session's cookie.",
  );
}

/**
 * Nothing that can be changed has an ETag, so a tag in If-Match is never its own (RFC 9110, section 13.1.1). To ignore it
 * would overwrite what the client asks us not to.
 */
export function refuseStaleChange(request: ApiRequest): void {
  if (request.method === "GET" || request.method === "HEAD") return;
  const ifMatch = request.headers.get("if-match");
  if (ifMatch === null || ifMatch.trim() === "*") return;
  throw new RegistryError(
    "precondition_failed",
    "Only downloads have an ETag, so no tag in If-Match can be that of what this request changes. Leave the header out.",
  );
}
