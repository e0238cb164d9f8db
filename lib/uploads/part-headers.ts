import { RegistryError } from "#lib/errors.ts";

/** RFC 2046, section 5.1.1: no boundary is longer. */
const BOUNDARY_MAX_LENGTH = 70;
const BOUNDARY = /^[0-9A-Za-z'()+_,./:=? -]*[0-9A-Za-z'()+_,./:=?-]$/;
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;

/** Name and file name of a part; `filename` is null for a text field. */
export type PartDisposition = { name: string; filename: string | null };

function invalid(detail: string, cause?: unknown): RegistryError {
  return new RegistryError("invalid_multipart", detail, { cause });
}

/** The boundary of a `multipart/form-data` header. Throws `unsupported_media_type`, `invalid_multipart`. */
export function parseBoundary(contentType: string | undefined): string {
  const [type = "", parameters] = parseParameters(contentType ?? "");
  if (type.toLowerCase() !== "multipart/form-data")
    throw new RegistryError("unsupported_media_type", "Send multipart/form-data.");
  const boundary = parameters.get("boundary");
  if (boundary === undefined || boundary === "")
    throw invalid("The Content-Type header has no boundary.");
  if (boundary.length > BOUNDARY_MAX_LENGTH)
    throw invalid(`The boundary is over ${BOUNDARY_MAX_LENGTH} characters.`);
  if (!BOUNDARY.test(boundary)) throw invalid("The boundary has characters that it may not have.");
  return boundary;
}

/**
 * A part's Content-Disposition (RFC 7578, section 4.2): UTF-8, quotes escaped by a backslash or as
 * `%22` (WHATWG). `filename*` (RFC 5987), which RFC 7578 discourages and some clients send, wins.
 */
export function parseDisposition(header: string | undefined): PartDisposition {
  if (header === undefined) throw invalid("A part has no Content-Disposition header.");
  const [type, parameters] = parseParameters(header);
  if (type.toLowerCase() !== "form-data")
    throw invalid("A part's Content-Disposition is not form-data.");
  const name = parameters.get("name");
  if (name === undefined || name === "") throw invalid("A part has no name.");
  const extended = parameters.get("filename*");
  const filename = extended === undefined ? parameters.get("filename") : decodeExtended(extended);
  return {
    name: unescapeQuotes(name),
    filename: filename === undefined ? null : unescapeQuotes(filename),
  };
}

function unescapeQuotes(text: string): string {
  return text.replaceAll("%22", '"').replaceAll(/%0d/gi, "\r").replaceAll(/%0a/gi, "\n");
}

/** `value; name=token; name="quoted"`, strictly: throws unless the header parses to its end. */
function parseParameters(header: string): [string, Map<string, string>] {
  const parameters = new Map<string, string>();
  let at = header.indexOf(";");
  if (at === -1) return [header.trim(), parameters];
  const value = header.slice(0, at).trim();
  while (at < header.length) {
    at = skipSpace(header, at + 1);
    // A semicolon at the very end says nothing.
    if (at === header.length) break;
    const name = readToken(header, at);
    at += name.length;
    if (header[at] !== "=") throw invalid(`The parameter ${name} of a header has no value.`);
    const [text, next] = readValue(header, at + 1);
    const key = name.toLowerCase();
    if (parameters.has(key)) throw invalid(`A header has the parameter ${key} twice.`);
    parameters.set(key, text);
    at = skipSpace(header, next);
    if (at < header.length && header[at] !== ";")
      throw invalid(`The parameter ${key} of a header has text after its value.`);
  }
  return [value, parameters];
}

function skipSpace(header: string, at: number): number {
  let next = at;
  while (header[next] === " " || header[next] === "\t") next += 1;
  return next;
}

function readToken(header: string, at: number): string {
  TOKEN.lastIndex = at;
  const token = TOKEN.exec(header)?.[0];
  if (token === undefined) throw invalid("A header cannot be parsed.");
  return token;
}

function readValue(header: string, at: number): [string, number] {
  if (header[at] !== '"') {
    // Some clients send unquoted values with characters beyond RFC 9110's token, such as `/` or UTF-8.
    const end = header.indexOf(";", at);
    const stop = end === -1 ? header.length : end;
    return [header.slice(at, stop).trimEnd(), stop];
  }
  let text = "";
  for (let next = at + 1; next < header.length; next += 1) {
    const character = header[next] as string;
    if (character === '"') return [text, next + 1];
    const escaped = header[next + 1];
    // Only the characters that curl escapes: browsers leave a backslash as it is.
    if (character === "\\" && (escaped === '"' || escaped === "\\")) {
      text += escaped;
      next += 1;
    } else text += character;
  }
  throw invalid("A quoted value of a header does not end.");
}

/** `UTF-8''percent-encoded` (RFC 5987, section 3.2). */
function decodeExtended(value: string): string {
  const match = /^utf-8'[A-Za-z0-9-]*'((?:%[0-9A-Fa-f]{2}|[!#$&+.^_`|~0-9A-Za-z-])*)$/i.exec(value);
  try {
    if (match) return decodeURIComponent(match[1] ?? "");
  } catch (error) {
    throw invalid("filename* is not valid UTF-8.", error);
  }
  throw invalid("filename* is not in the form UTF-8''name.");
}
