/** Signing in to a server that asks for it: the first administrator, passwords, sessions, and pages for nobody else. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Browser } from "../support/browser.ts";
import { RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const SECRET = "secret-model";
const PASSWORD = "correct horse battery";
let server: RunningServer;
let api: RegistryClient;
/** Of the administrator that the setup made. */
let admin: Browser;

const setupLink = (): string =>
  /\/setup\?token=([\w-]+)/.exec(server.logs())?.[1] ?? "there is no link";

beforeAll(async () => {
  server = await startServer({ env: { MODEL_REGISTRY_API__AUTH_REQUIRED: "true" } });
  api = new RegistryClient(server.baseUrl);
});
afterAll(() => server?.stop());

describe("the first start", () => {
  it("prints a link to a page, by which somebody becomes administrator once", async () => {
    const visitor = new Browser(server.baseUrl);
    const token = setupLink();
    const page = await visitor.page(`/setup?token=${token}`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("Set up the registry");
    const choice = { token, name: "ada", password: PASSWORD };
    const answers = await Promise.all(
      ["ada", "eve"].map((name) => api.send("POST", "/api/v1/auth/links", { ...choice, name })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
    const again = await api.send("POST", "/api/v1/auth/links", choice);
    expect([again.status, again.body.code]).toEqual([404, "link_not_found"]);
    expect(await (await visitor.page(`/setup?token=${token}`)).text()).toContain("not valid");
    const name = answers.find(({ status }) => status === 200)?.body.user.name;
    admin = new Browser(server.baseUrl);
    expect(await admin.signIn(name, PASSWORD)).toMatchObject({ status: 200 });
  });

  it("gives no link any more once there is one", async () => {
    const before = server.logs().length;
    await server.terminate();
    await server.restart();
    expect(server.logs().slice(before)).not.toContain("/setup?token=");
  });

  it("refuses weak passwords, and the name as password", async () => {
    for (const password of ["short", "x".repeat(300)]) {
      const answer = await api.send("POST", "/api/v1/auth/links", {
        token: "x".repeat(43),
        password,
      });
      expect(answer.status).toBe(400);
    }
  });
});

describe("pages", () => {
  beforeAll(async () => {
    const form = new FormData();
    form.set("name", SECRET);
    form.set("file", new File(["x"], "notes.txt"));
    const made = await admin.send("/api/v1/models", { method: "POST", body: form });
    expect(made.status).toBe(201);
    expect(await (await admin.page("/models")).text()).toContain(SECRET);
  });

  it.each(["/", "/models", "/models/net", "/storage", "/trash", "/nothing", "/register?a=b"])(
    "%s leads to the sign-in, and back afterwards",
    async (path) => {
      const page = await new Browser(server.baseUrl).page(path);
      expect(page.status).toBe(307);
      const to = new URL(page.headers.get("location") ?? "", server.baseUrl);
      expect(to.pathname).toBe("/sign-in");
      expect(to.searchParams.get("callbackUrl") ?? "/").toBe(path);
      expect(page.headers.get("cache-control")).toContain("no-store");
    },
  );

  it.each([
    [{ rsc: "1" }, "/models?_rsc=abc"],
    [{ rsc: "1", "next-router-prefetch": "1" }, "/models/net"],
    [{ "next-router-segment-prefetch": "/_tree", rsc: "1" }, "/storage"],
    [
      { "x-middleware-subrequest": "middleware:middleware:middleware:middleware:middleware" },
      "/models",
    ],
    [{ "x-middleware-subrequest": "src/middleware" }, "/storage"],
    [{ "next-action": "00" }, "/trash"],
    [{}, "/models.rsc"],
    [{}, "/models.segments/_tree.segment.rsc"],
    [{}, "/_next/data/build/models.json"],
  ])("give nobody data by %j %s", async (headers, path) => {
    const answer = await new Browser(server.baseUrl).page(path, headers as never);
    expect([303, 307, 404]).toContain(answer.status);
    expect(await answer.text()).not.toContain(SECRET);
  });

  it("are there for whoever has signed in, with the way out", async () => {
    const page = await admin.page("/models");
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("Signed in as");
    expect((await admin.page("/sign-in?callbackUrl=/trash")).headers.get("location")).toBe(
      "/trash",
    );
  });

  it.each([
    "https://evil.test/",
    "//evil.test",
    "/\\evil.test",
    "javascript:alert(1)",
    "http://evil@x.test/",
  ])("%s is nowhere to come back to", async (target) => {
    const browser = new Browser(server.baseUrl);
    const { url } = await browser.signIn((await me(admin)).name, PASSWORD, target);
    expect(new URL(url, server.baseUrl).origin).toBe(server.baseUrl);
    const page = await browser.page(`/sign-in?callbackUrl=${encodeURIComponent(target)}`);
    expect(page.headers.get("location")).toBe("/");
  });

  it("make no link for another host, whatever a client forwards", async () => {
    const answer = await new Browser(server.baseUrl).send("/api/auth/providers", {
      headers: { "X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "https" },
    });
    const text = await answer.text();
    expect(text).toContain(server.baseUrl);
    expect(text).not.toContain("evil.test");
  });
});

async function me(browser: Browser) {
  const answer = await browser.send("/api/v1/me");
  return { status: answer.status, ...((await answer.json()) as { name: string; code?: string }) };
}

describe("a session", () => {
  it("is a cookie that scripts and other sites do not get", async () => {
    const browser = new Browser(server.baseUrl);
    const csrfToken = await browser.csrfToken();
    const response = await browser.send("/api/auth/callback/password", {
      method: "POST",
      body: new URLSearchParams({
        username: (await me(admin)).name,
        password: PASSWORD,
        csrfToken,
        json: "true",
      }),
    });
    const cookie = response.headers
      .getSetCookie()
      .find((text) => text.startsWith("model-registry.session="));
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).toMatch(/SameSite=Lax/i);
    expect(await me(browser)).toMatchObject({ status: 200, role: "administrator" });
  });

  it("ends on the server when somebody signs out, wherever its cookie still is", async () => {
    const browser = new Browser(server.baseUrl);
    await browser.signIn((await me(admin)).name, PASSWORD);
    const kept = browser.sessionToken ?? "";
    expect(await browser.signOut()).toBe(200);
    browser.cookies.set("model-registry.session", kept);
    expect(await me(browser)).toMatchObject({ status: 401, code: "unauthenticated" });
    const page = await browser.page("/models");
    expect(page.status).toBe(307);
    // The cookie goes, so that the browser is nobody again.
    expect(browser.sessionToken).toBeUndefined();
  });

  it("is listed, and ends on the next request", async () => {
    const browser = new Browser(server.baseUrl);
    await browser.signIn((await me(admin)).name, PASSWORD);
    const { items } = (await (await browser.send("/api/v1/sessions")).json()) as {
      items: { id: string; is_current: boolean; address: string }[];
    };
    const current = items.find(({ is_current }) => is_current);
    expect(current?.address).toBe("127.0.0.1");
    expect((await admin.send(`/api/v1/sessions/${current?.id}`, { method: "DELETE" })).status).toBe(
      204,
    );
    expect(await me(browser)).toMatchObject({ status: 401 });
  });

  it("is no API token, and an API token is no session", async () => {
    const bearer = await api.get("/api/v1/me", { Authorization: `Bearer ${admin.sessionToken}` });
    expect([bearer.status, bearer.body.code]).toEqual([401, "unauthenticated"]);
    const made = await admin.send("/api/v1/tokens", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name: "t", scopes: ["admin"] }),
    });
    const { token, environment } = (await made.json()) as { token: string; environment: string };
    expect(environment).toContain(
      `export MODEL_REGISTRY_URL=${server.baseUrl}\nexport MODEL_REGISTRY_TOKEN=`,
    );
    expect((await api.get("/api/v1/me", { Authorization: `Bearer ${token}` })).status).toBe(200);
    const cookie = await api.get("/api/v1/me", { Cookie: `model-registry.session=${token}` });
    expect([cookie.status, cookie.body.code]).toEqual([401, "unauthenticated"]);
  });

  it.each([
    ["another site", { Origin: "https://evil.test" }, 403],
    ["another site's form, as a browser says it", { "Sec-Fetch-Site": "cross-site" }, 403],
    ["a sister site", { "Sec-Fetch-Site": "same-site" }, 403],
    ["a sandboxed page", { Origin: "null" }, 403],
  ])("changes nothing for %s", async (_who, headers, status) => {
    const answer = await admin.send("/api/v1/tokens", {
      method: "POST",
      headers: { "Content-Type": "text/plain", ...(headers as Record<string, string>) },
      body: JSON.stringify({ name: "stolen" }),
    });
    expect(answer.status).toBe(status);
  });

  it("changes nothing for whoever says nothing of where it comes from", async () => {
    const cookie = `model-registry.session=${admin.sessionToken}`;
    const answer = await api.send("POST", "/api/v1/tokens", { name: "t" }, { Cookie: cookie });
    expect([answer.status, answer.body.code]).toEqual([403, "forbidden"]);
  });
});

describe("the short paths, and what supervises the server", () => {
  it.each([
    "/models",
    `/models/${SECRET}`,
    "/api/v1/models",
    "/api/v1/nothing-that-is",
    "/metrics",
  ])("%s is for whoever has a credential, and a wrong one is refused", async (path) => {
    const isUnknown = path.includes("nothing");
    const wrong = await api.get(path, { Authorization: "Bearer wrong" });
    expect(wrong.status).toBe(isUnknown ? 404 : 401);
    expect((await api.get(path)).status).toBe(isUnknown ? 404 : 401);
    if (!isUnknown) expect((await admin.send(path)).status).toBe(200);
  });

  it("metrics are a maintainer's, since the totals are those of private models too", async () => {
    const status: Record<string, number> = {};
    const ask = async (path: string, body: object) => {
      const headers = { "Content-Type": "application/json" };
      const init = { method: "POST", headers, body: JSON.stringify(body) };
      return (await admin.send(`/api/v1/service-accounts${path}`, init)).json();
    };
    for (const role of ["reader", "contributor", "maintainer"]) {
      const { id } = await ask("", { name: `scraper-${role}`, role });
      const { token } = await ask(`/${id}/tokens`, { name: "scrape", scopes: ["models:read"] });
      const headers = { Authorization: `Bearer ${token}` };
      status[role] = (await api.get("/metrics", headers)).status;
    }
    expect(status).toEqual({ reader: 403, contributor: 403, maintainer: 200 });
  });

  it("answers that depend on who asks are kept by no cache", async () => {
    for (const path of ["/api/v1/models", `/api/v1/models/${SECRET}`, "/api/v1/me", "/models"])
      for (const answer of [await admin.send(path), await new Browser(server.baseUrl).send(path)])
        expect(answer.headers.get("cache-control")).toMatch(/private.*no-store/);
    const page = await admin.page("/models");
    expect(page.headers.get("cache-control")).toMatch(/no-store/);
    const file = await admin.send(`/api/v1/models/${SECRET}/versions/latest/files/notes.txt`);
    expect([file.status, file.headers.get("cache-control")]).toEqual([
      200,
      expect.stringMatching(/private|no-store/),
    ]);
  });

  it("probes answer everybody, and the keys are published", async () => {
    for (const path of ["/healthz", "/readyz", "/api/openapi.json"])
      expect((await api.get(path)).status).toBe(200);
    const { body } = await api.get("/.well-known/jwks.json");
    expect(body.keys[0]).not.toHaveProperty("d");
  });
});

describe("a wrong password", () => {
  it("is told from an unknown name in nothing, and counts until there are too many", async () => {
    const said = async (username: string) => {
      const browser = new Browser(server.baseUrl);
      const { status, url } = await browser.signIn(username, "wrong password");
      return { status, error: new URL(url).searchParams.get("error") };
    };
    const known = await said((await me(admin)).name);
    expect(known).toEqual({ status: 401, error: "CredentialsSignin" });
    expect(await said("nobody")).toEqual(known);
    const byToken = async (username: string) =>
      api.send("POST", "/api/v1/auth/token", {
        grant_type: "password",
        username,
        password: "wrong password",
      });
    const [first, second] = [await byToken("ada"), await byToken("nobody")];
    expect([first.status, first.body.code]).toEqual([401, "invalid_credentials"]);
    expect({ ...second.body, request_id: "" }).toEqual({ ...first.body, request_id: "" });
    expect(first.headers.get("ratelimit-policy")).toBe('"sign_in";q=20;w=300');
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 100; attempt += 1)
      statuses.push((await byToken("nobody")).status);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    const last = await byToken("nobody");
    expect(last.status).toBe(429);
    expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(last.headers.get("ratelimit")).toMatch(/^"sign_in";r=0;t=\d+$/);
    // Through the browser too, and for whoever is right: the address is what counts, and no name is told.
    expect(await said((await me(admin)).name)).toMatchObject({ error: "rate_limited" });
  });
});
