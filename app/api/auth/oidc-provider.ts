import type { OAuthConfig } from "next-auth/providers/oauth";
import type { Services } from "#lib/compose.ts";

type OidcConfig = NonNullable<Services["config"]["auth"]["oidc"]>;
type Profile = { sub: string; name?: string };

/** Any OpenID Connect provider, by its discovery document. */
export function oidcProvider(config: OidcConfig): OAuthConfig<Profile> {
  return {
    id: "oidc",
    name: config.name,
    type: "oauth",
    wellKnown: `${config.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`,
    authorization: { params: { scope: config.scope } },
    idToken: true,
    checks: ["pkce", "state", "nonce"],
    clientId: config.clientId,
    clientSecret: config.clientSecret,
    // The account is found by the signIn callback, from the claims.
    profile: ({ sub, name = "" }) => ({ id: sub, name }),
  };
}
