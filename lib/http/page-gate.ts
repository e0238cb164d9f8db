/**
 * Pages are for whoever has signed in, in every form in which Next gives them (documents, payloads of components,
 * prefetches, server actions): one question before Next is asked.
 */
import { isRegistryError } from "#lib/errors.ts";
import { localPath } from "#lib/wire/local-path.ts";

/** What somebody needs to sign in, and files that are the same for everybody. The rest is gated, also what is not there. */
const OPEN = /^\/(?:sign-in|setup|invite)$|^\/(?:api\/auth|_next\/static)\/|^\/favicon\.svg$/;

export function isOpenPath(path: string): boolean {
  return OPEN.test(path);
}

/** Where to sign in, and to come back from afterwards. `url` is the path with its query. */
export function signInPath(url: string): string {
  const asked = new URL(localPath(url), "http://here.invalid");
  // Next's own mark of a request for components.
  asked.searchParams.delete("_rsc");
  const back = asked.pathname + asked.search;
  return back === "/" ? "/sign-in" : `/sign-in?callbackUrl=${encodeURIComponent(back)}`;
}

export function isUnauthenticated(error: unknown): boolean {
  return isRegistryError(error) && error.code === "unauthenticated";
}
