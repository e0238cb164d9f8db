/** The target of a request as RFC 9112, section 3.2 reads it. */

/** `url` is path and query; `authority` is the host that an absolute target names in place of the Host header. */
export type RequestTarget = { url: string; authority: string | null };

/** The reason why a target is refused: the end of a sentence that begins with "The request's target". */
export class TargetRefusal {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/is;

/**
 * Takes a path with its query, or an absolute URL as proxies are sent it. Paths that two programs may read differently are
 * refused rather than repaired: each repair is a redirect or a second name for the same thing.
 */
export function readRequestTarget(target: string): RequestTarget | TargetRefusal {
  const [, authority = null, rest = target] = ABSOLUTE.exec(target) ?? [];
  const url = rest.startsWith("/") || authority === null ? rest : `/${rest}`;
  if (!url.startsWith("/")) return new TargetRefusal("is neither a path nor an http URL");
  if (url.includes("#")) return new TargetRefusal("has a fragment");
  const reason = pathProblem(pathOf(url));
  return reason === null ? { url, authority } : new TargetRefusal(reason);
}

/** The part before the query. */
export function pathOf(url: string): string {
  const end = url.indexOf("?");
  return end === -1 ? url : url.slice(0, end);
}

function pathProblem(path: string): string | null {
  const decoded = decode(path);
  if (decoded === null) return "is not valid percent-encoded UTF-8";
  if (decoded.includes("\0")) return "has a NUL character";
  if (decoded.includes("\\")) return "has a backslash";
  if (path.includes("//")) return "has an empty segment (//)";
  // A slash inside a segment (%2F) makes no segment here: the route judges that.
  const hasDots = path.includes(".") || /%2e/i.test(path);
  const isDots = (segment: string) => /^(\.|%2e){1,2}$/i.test(segment);
  return hasDots && path.split("/").some(isDots) ? 'has a segment "." or ".."' : null;
}

function decode(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}
