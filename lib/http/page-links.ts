import type { ApiRequest } from "./api-request.ts";
import { Reply } from "./route.ts";

/** A page of a list with `Link: rel="next"` (RFC 8288). */
export function pageReply(request: ApiRequest, page: { next_cursor: string | null }): Reply {
  if (page.next_cursor === null) return new Reply(200, page);
  const url = new URL(request.url);
  url.searchParams.set("cursor", page.next_cursor);
  return new Reply(200, page, { Link: `<${url.pathname}${url.search}>; rel="next"` });
}
