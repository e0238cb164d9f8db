/** Where somebody is led after signing in: a path of this server, whatever was asked for. */

/** No server has this name: what resolves to another one led elsewhere. */
const HERE = "http://here.invalid";

export function localPath(asked: string | null | undefined): string {
  const url = asked ? URL.parse(asked, HERE) : null;
  if (url === null || url.origin !== HERE || url.username !== "") return "/";
  return url.pathname.startsWith("//") ? "/" : url.pathname + url.search + url.hash;
}
