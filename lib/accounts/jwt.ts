/**
 * Our own JWTs (RFC 7519, 8725). Everything that a token says about how it is to be verified is compared with what we write
 * ourselves, so that nothing is left to be chosen: algorithm, type, key, issuer, audience, and the claims that there must be.
 */
import { hash, randomUUID } from "node:crypto";
import { decodeProtectedHeader, jwtVerify, SignJWT } from "jose";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { ALGORITHM, type SigningKeys } from "./signing-keys.ts";

/** What a token is for. One that is for something else is none. */
export type TokenUse = "api" | "refresh" | "session";
const TYPES = { api: "at+jwt", refresh: "rt+jwt", session: "session+jwt" } as const;
const ISSUER = "model-registry";
const audienceOf = (use: TokenUse) => `${ISSUER}/${use}`;

export type Claims = {
  /** The account. */
  sub: string;
  /** The row that the token is revoked by: of a personal token, a family or a session. */
  sid: string;
  jti: string;
  /** Seconds since 1970. */
  exp: number;
};

/** Ours have 500 bytes. */
const LENGTH_MAX = 2_048;
/** About 1 MB. */
const VERIFIED_MAX = 5_000;
const CLOCK_TOLERANCE_S = 5;
const REQUIRED = ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp"];
const headerSchema = z.strictObject({
  alg: z.literal(ALGORITHM),
  typ: z.string(),
  kid: z.string().max(64),
});
const claimsSchema = z.strictObject({
  iss: z.literal(ISSUER),
  aud: z.string(),
  sub: z.uuid(),
  sid: z.uuid(),
  jti: z.uuid(),
  iat: z.number(),
  nbf: z.number(),
  exp: z.number(),
});

export class Jwts {
  readonly #keys: SigningKeys;
  /** By the SHA-256 of a token, so that a signature is verified once and no token is kept. */
  readonly #verified = new LRUCache<string, Claims & { kid: string }>({ max: VERIFIED_MAX });

  constructor(keys: SigningKeys) {
    this.#keys = keys;
  }

  async sign(
    use: TokenUse,
    {
      sub,
      sid,
      jti = randomUUID(),
      expiresAt,
    }: { sub: string; sid: string; jti?: string; expiresAt: Date },
  ): Promise<string> {
    const { kid, key } = await this.#keys.signer();
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ sid })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPES[use], kid })
      .setIssuer(ISSUER)
      .setAudience(audienceOf(use))
      .setSubject(sub)
      .setJti(jti)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(Math.floor(expiresAt.getTime() / 1000))
      .sign(key);
  }

  /** null for everything that is not a valid token for this use. Whether it was revoked is not known here. */
  async verify(use: TokenUse, token: string): Promise<Claims | null> {
    if (token.length > LENGTH_MAX) return null;
    const key = hash("sha256", `${use} ${token}`, "base64");
    const known = this.#verified.get(key);
    // A key that is gone takes its tokens along.
    const claims =
      known && (await this.#keys.verifier(known.kid)) ? known : await this.#check(use, token);
    if (claims === null || claims.exp <= Date.now() / 1000) {
      this.#verified.delete(key);
      return null;
    }
    if (claims !== known) this.#verified.set(key, claims);
    return claims;
  }

  async #check(use: TokenUse, token: string): Promise<(Claims & { kid: string }) | null> {
    const header = headerSchema.safeParse(headerOf(token));
    if (!header.success || header.data.typ !== TYPES[use]) return null;
    const { kid } = header.data;
    const key = await this.#keys.verifier(kid);
    if (key === null) return null;
    const verified = await jwtVerify(token, key, {
      algorithms: [ALGORITHM],
      typ: TYPES[use],
      issuer: ISSUER,
      audience: audienceOf(use),
      requiredClaims: REQUIRED,
      clockTolerance: CLOCK_TOLERANCE_S,
    }).catch(() => null);
    const claims = claimsSchema.safeParse(verified?.payload);
    if (!claims.success || claims.data.aud !== audienceOf(use)) return null;
    const { sub, sid, jti, exp } = claims.data;
    return { sub, sid, jti, exp, kid };
  }
}

function headerOf(token: string): unknown {
  try {
    return decodeProtectedHeader(token);
  } catch {
    return null;
  }
}
