/**
 * `Authorization: Basic` (RFC 7617), for clients that know nothing else. The password is one, or a token: then the name is of
 * no account. A password is proven once and exchanged for a token, which stands for it in this process for some minutes:
 * clients send it with each of hundreds of requests, and each proof is as slow as it is for whoever guesses.
 */
import { createHmac, randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import { RegistryError } from "#lib/errors.ts";
import type { AccountsCtx } from "./accounts-context.ts";
import type { Directory } from "./directory.ts";
import { exchangeToken } from "./exchange-token.ts";
import type { Jwts } from "./jwt.ts";
import { PASSWORD_MAX } from "./schema.ts";

/** Clients of one process at a time. */
const KNOWN_MAX = 10_000;
/** A token is not used in its last minute: a request may take one. */
const MARGIN_MS = 60_000;
/** A token of ours has some hundred characters. */
const HEADER_MAX_LENGTH = 8192;
/** All that clients of models do. */
const SCOPES = ["models:read" as const, "models:write" as const];

const SCHEME = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i;
type Given = Pick<Headers, "get">;
type Known = { bearer: Promise<string>; until: number };

export class BasicCredentials {
  readonly #jwts: Jwts;
  readonly #directory: Directory;
  readonly #isRequired: boolean;
  readonly #known = new LRUCache<string, Known>({ max: KNOWN_MAX });
  /** Nothing that is kept tells a password. */
  readonly #key = randomBytes(32);

  constructor(jwts: Jwts, directory: Directory, { authRequired }: { authRequired: boolean }) {
    this.#jwts = jwts;
    this.#directory = directory;
    this.#isRequired = authRequired;
  }

  /** The headers, with a bearer token for what was a name and a password. Throws `invalid_credentials`, `rate_limited`. */
  async asBearer(ctx: AccountsCtx, headers: Given): Promise<Given> {
    const given = headers.get("authorization");
    // An open registry asks nobody, whatever a proxy in front of it has added.
    if (given === null || !this.#isRequired || !/^basic\b/i.test(given)) return headers;
    const authorization = `Bearer ${await this.#bearerOf(ctx, given)}`;
    return {
      get: (name) => (name.toLowerCase() === "authorization" ? authorization : headers.get(name)),
    };
  }

  async #bearerOf(ctx: AccountsCtx, given: string): Promise<string> {
    const { name, password } = read(given);
    if ((await this.#jwts.verify("api", password)) !== null) return password;
    if (password.length > PASSWORD_MAX) throw refused();
    const key = createHmac("sha256", this.#key).update(`${name}\0${password}`).digest("base64");
    const known = this.#known.get(key);
    if (known && known.until > performance.now() && (await this.#isAlive(await known.bearer)))
      return known.bearer;
    const begun = performance.now();
    const exchanging = exchangeToken(ctx, {
      grant_type: "password",
      username: name,
      password,
      scopes: SCOPES,
    });
    // Requests that come meanwhile wait for this proof instead of asking for one each.
    const entry: Known = {
      bearer: exchanging.then(({ access_token }) => access_token),
      until: Number.POSITIVE_INFINITY,
    };
    // Whoever waits hears of the failure; where nobody does, it must not end the process.
    entry.bearer.catch(() => {});
    this.#known.set(key, entry);
    try {
      const { expires_in } = await exchanging;
      entry.until = begun + expires_in * 1000 - MARGIN_MS;
      return await entry.bearer;
    } catch (error) {
      this.#known.delete(key);
      throw error;
    }
  }

  /** Nobody has ended the session that the token belongs to. */
  async #isAlive(bearer: string): Promise<boolean> {
    const claims = await this.#jwts.verify("api", bearer);
    if (claims === null) return false;
    const credential = { kind: "token", id: claims.sid, accountId: claims.sub } as const;
    return (await this.#directory.find(credential)) !== null;
  }
}

function read(given: string): { name: string; password: string } {
  const encoded = given.length <= HEADER_MAX_LENGTH ? SCHEME.exec(given)?.[1] : undefined;
  const text = encoded === undefined ? "" : Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 0) throw refused();
  return { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

function refused(): RegistryError {
  return new RegistryError("invalid_credentials", "The name or the password is wrong.");
}
