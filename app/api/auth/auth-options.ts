/**
 * How next-auth signs in browsers. Its cookie is one of our own tokens: it names a session that is looked up with each
 * request (lib/accounts/identify.ts), so that it ends when the session does.
 */
import { headers } from "next/headers";
import type { NextAuthOptions } from "next-auth";
import type { JWT } from "next-auth/jwt";
import Credentials from "next-auth/providers/credentials";
import { SECURE_SESSION_COOKIE, SESSION_COOKIE } from "#lib/accounts/identify.ts";
import { endPresentedSession, SESSION_MS, startSession } from "#lib/accounts/sessions.ts";
import { sharedSecret } from "#lib/accounts/shared-secret.ts";
import { checkPassword } from "#lib/accounts/sign-in.ts";
import { type ProviderProfile, signInByProvider } from "#lib/accounts/sign-in-by-provider.ts";
import { isRegistryError } from "#lib/errors.ts";
import { getServices, visitorContext } from "#lib/server.ts";
import { localPath } from "#lib/wire/local-path.ts";
import { oidcProvider } from "./oidc-provider.ts";

export async function authOptions(): Promise<NextAuthOptions> {
  const { config, db, log } = getServices();
  const given = await headers();
  const base = process.env.NEXTAUTH_URL ?? "";
  const isSecure = base ? base.startsWith("https:") : given.get("x-forwarded-proto") === "https";
  const { oidc } = config.auth;
  return {
    secret: await sharedSecret(db, "sign-in"),
    providers: [passwordProvider, ...(oidc === null ? [] : [oidcProvider(oidc)])],
    pages: { signIn: "/sign-in", signOut: "/sign-in", error: "/sign-in" },
    session: { strategy: "jwt", maxAge: SESSION_MS / 1000 },
    useSecureCookies: isSecure,
    cookies: {
      sessionToken: {
        name: isSecure ? SECURE_SESSION_COOKIE : SESSION_COOKIE,
        options: { httpOnly: true, sameSite: "lax", path: "/", secure: isSecure },
      },
    },
    jwt: { encode: ({ token }) => encode(token), decode: ({ token }) => decode(token) },
    callbacks: {
      redirect: ({ url, baseUrl }) => {
        const isOurs = url.startsWith(`${baseUrl}/`) || url === baseUrl;
        return baseUrl + localPath(isOurs ? url.slice(baseUrl.length) : url);
      },
      async signIn({ user, profile, account }) {
        if (account?.provider !== "oidc") return true;
        try {
          const found = await signInByProvider(visitorContext(), profile as ProviderProfile);
          Object.assign(user, found);
          return true;
        } catch (error) {
          if (!isRegistryError(error)) throw error;
          log.warn({ operation: "sign_in", detail: error.detail }, "refused");
          return false;
        }
      },
      async jwt({ token, user, account }) {
        if (!account) return token;
        const who = { id: user.id, name: user.name ?? "" };
        const session = await startSession(visitorContext(), who, given.get("user-agent"));
        return { sub: who.id, sid: session.id, until: session.expiresAt.getTime() };
      },
      // A page asks our own API who it is for; this says no more than whether somebody has signed in.
      session: ({ session }) => ({ expires: session.expires }),
    },
    events: {
      async signOut({ token }) {
        if (token?.sub && typeof token.sid === "string")
          await endPresentedSession(visitorContext(), { id: token.sid, accountId: token.sub });
      },
    },
    logger: {
      error: (code, detail) =>
        log.warn({ operation: "sign_in", code, detail: String(detail) }, "failed"),
      warn: (code) => log.debug({ operation: "sign_in", code }, "warning"),
      debug: () => {},
    },
  };
}

const passwordProvider = Credentials({
  id: "password",
  credentials: { username: {}, password: {} },
  async authorize(given) {
    const { username = "", password = "" } = given ?? {};
    try {
      const { id, name } = await checkPassword(visitorContext(), {
        name: String(username),
        password: String(password),
      });
      return { id, name };
    } catch (error) {
      if (isRegistryError(error) && error.code === "invalid_credentials") return null;
      throw new Error(isRegistryError(error) ? error.code : "unavailable", { cause: error });
    }
  },
});

async function encode(token: JWT | undefined): Promise<string> {
  if (!token?.sub || typeof token.sid !== "string" || typeof token.until !== "number") return "";
  const { jwts } = getServices().accounts;
  return jwts.sign("session", { sub: token.sub, sid: token.sid, expiresAt: new Date(token.until) });
}

async function decode(text: string | undefined): Promise<JWT | null> {
  const { accounts } = getServices();
  const claims = text ? await accounts.jwts.verify("session", text) : null;
  if (claims === null) return null;
  const { sub, sid, exp } = claims;
  const actor = await accounts.directory.find({ kind: "session", id: sid, accountId: sub });
  return actor && { sub, sid, until: exp * 1000 };
}
