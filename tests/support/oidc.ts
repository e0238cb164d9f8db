/** A real OpenID Connect provider in this process: `oidc-provider`, with accounts whose claims a test chooses. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";

export type Person = { sub: string; [claim: string]: unknown };

export type TestProvider = {
  issuer: string;
  /** Who is signed in there, without a password: what it says is what is tested. */
  person: Person;
  close(): Promise<void>;
};

export const CLIENT = { id: "registry", secret: "registry-secret-of-the-test" };

/** `redirectUri` is where the registry waits for its answers. */
export async function startProvider(
  redirectUri: (issuer: string) => string,
): Promise<TestProvider> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const running: TestProvider = {
    issuer,
    person: { sub: "nobody" },
    close: () => new Promise((done) => server.close(() => done()).closeAllConnections()),
  };
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [redirectUri(issuer)],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    pkce: { required: () => true },
    claims: {
      openid: ["sub"],
      profile: ["name", "preferred_username", "groups"],
      email: ["email"],
    },
    // Claims of the scopes are in the ID token, as many providers have it.
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    findAccount: (_ctx, sub) => ({
      accountId: sub,
      claims: async () => ({ ...running.person, sub }),
    }),
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    cookies: { keys: ["test"] },
  });
  const answer = provider.callback();
  server.on("request", (request, response) => {
    if (!request.url?.startsWith("/interaction/")) {
      answer(request, response);
      return;
    }
    void agree(provider, running.person.sub, request, response).catch((error) =>
      response.destroy(error),
    );
  });
  return running;
}

/** Signs in and consents at once. */
async function agree(
  provider: Provider,
  sub: string,
  ...exchange: Parameters<Provider["interactionDetails"]>
): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(...exchange);
  if (prompt.name === "login") {
    await provider.interactionFinished(...exchange, { login: { accountId: sub } });
    return;
  }
  const grant = new provider.Grant({
    accountId: session?.accountId ?? sub,
    clientId: String(params.client_id),
  });
  grant.addOIDCScope(String(params.scope));
  await provider.interactionFinished(...exchange, { consent: { grantId: await grant.save() } });
}
