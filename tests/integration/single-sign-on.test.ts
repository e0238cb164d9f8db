/** Signing in by OpenID Connect, against a real provider. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Browser } from "../support/browser.ts";
import { freePort } from "../support/free-port.ts";
import { CLIENT, startProvider, type TestProvider } from "../support/oidc.ts";
import { type RunningServer, startServer } from "../support/server.ts";

let provider: TestProvider;
let server: RunningServer;

beforeAll(async () => {
  const port = await freePort();
  provider = await startProvider(() => `http://127.0.0.1:${port}/api/auth/callback/oidc`);
  server = await startServer({
    env: {
      MODEL_REGISTRY_API__PORT: String(port),
      MODEL_REGISTRY_API__AUTH_REQUIRED: "true",
      MODEL_REGISTRY_AUTH__OIDC__ISSUER: provider.issuer,
      MODEL_REGISTRY_AUTH__OIDC__CLIENT_ID: CLIENT.id,
      MODEL_REGISTRY_AUTH__OIDC__CLIENT_SECRET: CLIENT.secret,
      MODEL_REGISTRY_AUTH__OIDC__NAME: "Example Login",
      MODEL_REGISTRY_AUTH__OIDC__ROLES: "ml-admins=administrator,ml=contributor",
      MODEL_REGISTRY_ADMIN_NAME: "root",
      MODEL_REGISTRY_ADMIN_PASSWORD: "correct horse battery",
    },
  });
});
afterAll(async () => {
  await server?.stop();
  await provider?.close();
});

/** The button of the sign-in page, and then as many redirects as it takes to come back. */
async function signIn(target = "/models"): Promise<{ browser: Browser; end: URL }> {
  const browser = new Browser(server.baseUrl);
  const begun = await browser.send("/api/auth/signin/oidc", {
    method: "POST",
    body: new URLSearchParams({
      csrfToken: await browser.csrfToken(),
      callbackUrl: target,
      json: "true",
    }),
  });
  let url = new URL(((await begun.json()) as { url: string }).url);
  const jars = new Map([[new URL(server.baseUrl).host, browser]]);
  for (let hop = 0; hop < 10; hop += 1) {
    const jar = jars.get(url.host) ?? new Browser(url.origin);
    jars.set(url.host, jar);
    const answer = await jar.send(url.pathname + url.search);
    const location = answer.headers.get("location");
    if (location === null) break;
    url = new URL(location, url);
    if (url.origin === server.baseUrl && !url.pathname.startsWith("/api/auth/")) break;
  }
  return { browser, end: url };
}

type Me = { name: string; role: string; id: string };
const me = async (browser: Browser) => (await (await browser.send("/api/v1/me")).json()) as Me;

describe("somebody whom the provider knows", () => {
  it("has an account from the first time on, with the role and the groups of the provider, and comes back to the page", async () => {
    const page = await (await new Browser(server.baseUrl).page("/sign-in")).text();
    expect(page).toContain("Example Login");
    provider.person = {
      sub: "p1",
      preferred_username: "maria",
      name: "Maria",
      email: "m@example.org",
      groups: ["ml", "staff"],
    };
    const { browser, end } = await signIn("/models?query=x");
    expect(end.href).toBe(`${server.baseUrl}/models?query=x`);
    const first = await me(browser);
    expect(first).toMatchObject({ name: "maria", role: "contributor", kind: "user" });

    provider.person = { ...provider.person, groups: ["ml-admins", "ml"] };
    const again = await me((await signIn()).browser);
    expect(again).toMatchObject({ id: first.id, role: "administrator" });
    // The earlier session belongs to the same account: what it may do has changed as well.
    expect(await me(browser)).toMatchObject({ role: "administrator" });
    const groups = (await (await browser.send("/api/v1/groups")).json()) as {
      items: { name: string; members: { name: string; source: string }[] }[];
    };
    const ofMaria = groups.items.filter(({ members }) =>
      members.some(({ name }) => name === "maria"),
    );
    expect(ofMaria.map(({ name }) => name)).toEqual(["ml", "ml-admins"]);

    provider.person = { ...provider.person, groups: ["ml"] };
    await signIn();
    expect(await me(browser)).toMatchObject({ role: "contributor" });
    provider.person = { ...provider.person, groups: [] };
    await signIn();
    expect(await me(browser)).toMatchObject({ role: "reader" });
  });

  it("never gets the account of somebody else who has that name here", async () => {
    provider.person = {
      sub: "p2",
      preferred_username: "root",
      email: "root@example.org",
      groups: ["ml"],
    };
    const { browser } = await signIn();
    expect(await me(browser)).toMatchObject({ name: "root-2", role: "contributor" });
    provider.person = { sub: "p3", preferred_username: "system", groups: [] };
    expect(await me((await signIn()).browser)).toMatchObject({ role: "reader" });
  });

  it("is refused while the account is disabled", async () => {
    provider.person = { sub: "p4", preferred_username: "leaver" };
    const { browser } = await signIn();
    const { id } = await me(browser);
    const root = new Browser(server.baseUrl);
    await root.signIn("root", "correct horse battery");
    const changed = await root.send(`/api/v1/users/${id}`, {
      method: "PATCH",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ disabled: true }),
    });
    expect(changed.status).toBe(200);
    expect((await browser.send("/api/v1/me")).status).toBe(401);
    const { browser: second, end } = await signIn();
    expect(end.pathname + end.search).toBe("/sign-in?error=AccessDenied");
    expect(second.sessionToken).toBeUndefined();
  });
});

it("an answer of the provider counts in the browser that asked for it only", async () => {
  provider.person = { sub: "p5", preferred_username: "forged" };
  const stranger = new Browser(server.baseUrl);
  const answer = await stranger.send("/api/auth/callback/oidc?code=stolen&state=made-up");
  expect(answer.headers.get("location")).toContain("error=");
  expect(stranger.sessionToken).toBeUndefined();
});
