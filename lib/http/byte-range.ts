/** Conditional requests and ranges over one representation with a strong validator (RFC 9110). */

/** Bytes `start` to `end`, both included. */
export type ByteRange = { start: number; end: number };

/** What to answer: everything, a part, nothing new, or a refusal. */
export type RangeDecision =
  | { status: 200 }
  | { status: 206; range: ByteRange }
  | { status: 304 }
  | { status: 412 }
  | { status: 416 };

export type Representation = {
  sizeBytes: number;
  /** Strong, with its quotes. */
  etag: string;
  lastModified: Date | null;
};

/** Headers longer than this are no real client's; they are treated as absent. */
const HEADER_MAX_LENGTH = 8192;
const ENTITY_TAG = /(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/gy;

/** RFC 9110, section 13.2.2 fixes the order of the conditions. */
export function decideRange(headers: Headers, representation: Representation): RangeDecision {
  const { etag } = representation;
  const ifMatch = header(headers, "if-match");
  if (ifMatch !== null && !matches(ifMatch, etag, { isWeakAllowed: false })) return { status: 412 };
  const ifNoneMatch = header(headers, "if-none-match");
  if (ifNoneMatch !== null) {
    if (matches(ifNoneMatch, etag, { isWeakAllowed: true })) return { status: 304 };
  } else if (isUnmodifiedSince(header(headers, "if-modified-since"), representation)) {
    return { status: 304 };
  }
  const range = header(headers, "range");
  if (range === null || !isRangeStillValid(header(headers, "if-range"), representation))
    return { status: 200 };
  const parsed = parseRange(range, representation.sizeBytes);
  if (parsed === null) return { status: 200 };
  return parsed === "unsatisfiable" ? { status: 416 } : { status: 206, range: parsed };
}

/**
 * One range of bytes. null: not understood, to be ignored. So are several ranges at once: a server may
 * answer them whole (section 14.2), and overlapping ones are an old way to make a server work hard.
 */
export function parseRange(text: string, sizeBytes: number): ByteRange | "unsatisfiable" | null {
  const match = /^bytes[ \t]*=[ \t]*(\d{0,16})-(\d{0,16})[ \t]*$/i.exec(text);
  if (!match) return null;
  const [, first = "", last = ""] = match;
  if (first === "") {
    if (last === "") return null;
    const length = Math.min(Number(last), sizeBytes);
    if (length === 0) return "unsatisfiable";
    return { start: sizeBytes - length, end: sizeBytes - 1 };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return null;
  if (start >= sizeBytes) return "unsatisfiable";
  return { start, end: last === "" ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) };
}

function header(headers: Headers, name: string): string | null {
  const value = headers.get(name);
  return value === null || value.length > HEADER_MAX_LENGTH ? null : value.trim();
}

/** A list of entity tags, or `*`. Weak tags match only where weak comparison is allowed. */
function matches(list: string, etag: string, options: { isWeakAllowed: boolean }): boolean {
  if (list === "*") return true;
  let at = 0;
  while (at < list.length) {
    ENTITY_TAG.lastIndex = at;
    const match = ENTITY_TAG.exec(list);
    if (!match) return false;
    if (match[2] === etag && (match[1] === undefined || options.isWeakAllowed)) return true;
    at = ENTITY_TAG.lastIndex;
    while (list[at] === "," || list[at] === " " || list[at] === "\t") at += 1;
  }
  return false;
}

/** If-Range (section 13.1.5): a strong tag that is the same, or exactly the date that was sent. */
function isRangeStillValid(ifRange: string | null, representation: Representation): boolean {
  if (ifRange === null) return true;
  if (ifRange.startsWith('"')) return ifRange === representation.etag;
  const date = parseDate(ifRange);
  return date !== null && date === wholeSeconds(representation.lastModified);
}

function isUnmodifiedSince(since: string | null, representation: Representation): boolean {
  const date = since === null ? null : parseDate(since);
  const modified = wholeSeconds(representation.lastModified);
  return date !== null && modified !== null && modified <= date;
}

/** HTTP dates have whole seconds. */
function wholeSeconds(date: Date | null): number | null {
  return date === null ? null : Math.floor(date.getTime() / 1000);
}

/** An IMF-fixdate such as `Sun, 06 Nov 1994 08:49:37 GMT`; the obsolete forms count as absent. */
function parseDate(text: string): number | null {
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return null;
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : time / 1000;
}
