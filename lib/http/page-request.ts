/** The paths below /models are pages for a browser and the API for everybody else (docs/adr/0015-the-api-without-next.md). */
import type { IncomingHttpHeaders } from "node:http";

const HTML = "text/html";
/** Next's own page fetches carry one of these. */
const NEXT_HEADERS = ["rsc", "next-router-prefetch", "next-action"];

export function isPageRequest(headers: IncomingHttpHeaders): boolean {
  return headers.accept?.includes(HTML) || NEXT_HEADERS.some((name) => Boolean(headers[name]));
}
