/** The paths below /models are pages for a browser and the API for everybody else (docs/adr/0001-rewrites-for-the-short-paths.md). */
import type { IncomingHttpHeaders } from "node:http";

const HTML = "text/html";
/** Next's own page fetches carry one of these. */
const NEXT_HEADERS = ["rsc", "next-router-prefetch", "next-action"];

/** A request for a page as the rewrites of next.config.js describe it: any of these. */
export const PAGE_REQUEST = [
  { type: "header", key: "accept", value: `(.*)${HTML}(.*)` },
  ...NEXT_HEADERS.map((key) => ({ type: "header", key })),
];

export function isPageRequest(headers: IncomingHttpHeaders): boolean {
  return headers.accept?.includes(HTML) || NEXT_HEADERS.some((name) => Boolean(headers[name]));
}
