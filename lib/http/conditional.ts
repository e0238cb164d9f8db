/** Conditional requests over one representation (RFC 9110, section 13). */
import { parseHttpDate } from "./http-date.ts";

export type Representation = {
  sizeBytes: number;
  /** Strong, with its quotes. */
  etag: string;
  lastModified: Date | null;
};

/** Headers longer than this are no real client's; they are treated as absent. */
const HEADER_MAX_LENGTH = 8192;
const ENTITY_TAG = /(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/gy;

/**
 * The outcome of the conditions of a GET or HEAD; null for an answer as if there were none. Section 13.2.2 fixes the
 * order, and that a date counts only where no list of tags stands in for it. A date that cannot be read counts as
 * absent.
 */
export function checkConditions(
  headers: Headers,
  { etag, lastModified }: Representation,
): 304 | 412 | null {
  const modified = wholeSeconds(lastModified);
  const ifMatch = readHeader(headers, "if-match");
  if (ifMatch !== null) {
    if (!matches(ifMatch, etag, { isWeakAllowed: false })) return 412;
  } else {
    const since = readDate(headers, "if-unmodified-since");
    if (since !== null && modified !== null && modified > since) return 412;
  }
  const ifNoneMatch = readHeader(headers, "if-none-match");
  if (ifNoneMatch !== null) return matches(ifNoneMatch, etag, { isWeakAllowed: true }) ? 304 : null;
  const since = readDate(headers, "if-modified-since");
  return since !== null && modified !== null && modified <= since ? 304 : null;
}

/** If-Range (section 13.1.5): a strong tag that is the same, or exactly the date that was sent. */
export function isRangeStillValid(headers: Headers, representation: Representation): boolean {
  const ifRange = readHeader(headers, "if-range");
  if (ifRange === null) return true;
  if (ifRange.startsWith('"')) return ifRange === representation.etag;
  const date = parseHttpDate(ifRange);
  return date !== null && date === wholeSeconds(representation.lastModified);
}

export function readHeader(headers: Headers, name: string): string | null {
  const value = headers.get(name);
  return value === null || value.length > HEADER_MAX_LENGTH ? null : value.trim();
}

function readDate(headers: Headers, name: string): number | null {
  const value = readHeader(headers, name);
  return value === null ? null : parseHttpDate(value);
}

/** A list of entity tags, or `*`. Weak tags match only where weak comparison is allowed. */
function matches(list: string, etag: string, options: { isWeakAllowed: boolean }): boolean {
  if (list === "*") return true;
  for (let at = afterSeparators(list, 0); at < list.length; ) {
    ENTITY_TAG.lastIndex = at;
    const match = ENTITY_TAG.exec(list);
    if (!match) return false;
    if (match[2] === etag && (match[1] === undefined || options.isWeakAllowed)) return true;
    at = afterSeparators(list, ENTITY_TAG.lastIndex);
  }
  return false;
}

/** Section 5.6.1: a list may have empty elements. */
function afterSeparators(list: string, from: number): number {
  let at = from;
  while (list[at] === "," || list[at] === " " || list[at] === "\t") at += 1;
  return at;
}

/** HTTP dates have whole seconds. */
function wholeSeconds(date: Date | null): number | null {
  return date === null ? null : Math.floor(date.getTime() / 1000);
}
