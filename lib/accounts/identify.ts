/** Who sends a request: a bearer token counts first, then the session cookie. What is presented and not valid is refused. */
import { type Actor, anonymous } from "#lib/access/actor.ts";
import { RegistryError } from "#lib/errors.ts";
import type { Credential, Directory } from "./directory.ts";
import type { Jwts } from "./jwt.ts";

/** The cookie's name; browsers keep one with the prefix from being set without TLS (RFC 6265bis). */
export const SESSION_COOKIE = "model-registry.session";
export const SECURE_SESSION_COOKIE = `__Secure-${SESSION_COOKIE}`;

const BEARER = "bearer ";

export type Identity = {
  actor: Actor;
  /** Whose a browser's cookie is, which pages of other sites could use. */
  isBySession: boolean;
  /** null for anonymous. */
  credential: Credential | null;
  /** The same actor as of a later moment. Throws `unauthenticated`. */
  current: () => Promise<Actor>;
};

type Given = Pick<Headers, "get">;

export class Identification {
  readonly #jwts: Jwts;
  readonly #directory: Directory;
  readonly #visitor: Identity;
  readonly #isRequired: boolean;

  constructor(jwts: Jwts, directory: Directory, { authRequired }: { authRequired: boolean }) {
    this.#jwts = jwts;
    this.#directory = directory;
    this.#isRequired = authRequired;
    const actor = anonymous(authRequired);
    const current = async () => actor;
    this.#visitor = { actor, isBySession: false, credential: null, current };
  }

  /** Somebody who presents nothing. */
  get visitor(): Identity {
    return this.#visitor;
  }

  /** Throws `unauthenticated` for a credential that is not valid, also where none is required. */
  async identify(headers: Given): Promise<Identity> {
    const token = this.#bearerOf(headers);
    if (token !== null) return this.#resolve("token", token);
    const cookie = sessionCookieOf(headers);
    return cookie === null ? this.#visitor : this.#resolve("session", cookie);
  }

  #bearerOf(headers: Given): string | null {
    const given = headers.get("authorization");
    if (given === null) return null;
    // RFC 9110, section 11.1: the scheme is spelled in any case.
    const isBearer = given.slice(0, BEARER.length).toLowerCase() === BEARER;
    if (isBearer && given.length > BEARER.length) return given.slice(BEARER.length).trim();
    // A proxy in front of an open registry may have credentials of its own.
    if (!this.#isRequired && !/^bearer\b/i.test(given)) return null;
    throw refused("The Authorization header has no bearer token.");
  }

  async #resolve(kind: "token" | "session", text: string): Promise<Identity> {
    const claims = await this.#jwts.verify(kind === "token" ? "api" : "session", text);
    if (claims === null) throw refused(`The ${kind} is not valid, or has expired.`);
    const credential: Credential = { kind, id: claims.sid, accountId: claims.sub };
    const current = async () => {
      const actor = await this.#directory.find(credential);
      if (actor !== null) return actor;
      throw refused(`The ${kind} has ended, or its account is disabled.`);
    };
    return { actor: await current(), isBySession: kind === "session", credential, current };
  }
}

function refused(reason: string): RegistryError {
  return new RegistryError("unauthenticated", `${reason} Sign in again.`);
}

function sessionCookieOf(headers: Given): string | null {
  const cookies = headers.get("cookie");
  if (cookies === null || !cookies.includes(SESSION_COOKIE)) return null;
  for (const pair of cookies.split(";")) {
    const [name = "", value = ""] = pair.trim().split("=", 2);
    if ((name === SESSION_COOKIE || name === SECURE_SESSION_COOKIE) && value !== "") return value;
  }
  return null;
}
