/** With accounts on, whoever watches the registry goes on doing so while nobody can be asked who that is. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Browser } from "../support/browser.ts";
import { type OwnPostgres, startOwnPostgres } from "../support/own-postgres.ts";
import { RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const PASSWORD = "correct horse battery";
let postgres: OwnPostgres;
let server: RunningServer;
let api: RegistryClient;
let admin: Browser;

beforeAll(async () => {
  postgres = await startOwnPostgres();
  server = await startServer({
    env: { DATABASE_URL: postgres.url, MODEL_REGISTRY_API__AUTH_REQUIRED: "true" },
  });
  api = new RegistryClient(server.baseUrl);
  const token = /\/setup\?token=([\w-]+)/.exec(server.logs())?.[1] ?? "there is no link";
  await api.send("POST", "/api/v1/auth/links", { token, name: "ada", password: PASSWORD });
  admin = new Browser(server.baseUrl);
  expect(await admin.signIn("ada", PASSWORD)).toMatchObject({ status: 200 });
});
afterAll(async () => {
  postgres?.thaw();
  await server?.stop();
  await postgres?.stop();
});

async function send(path: string, body?: object, method = "POST") {
  const headers = { "Content-Type": "application/json" };
  return admin.send(`/api/v1/service-accounts${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
async function tokenOf(name: string, role: string) {
  const { id } = await (await send("", { name, role })).json();
  const { token } = await (
    await send(`/${id}/tokens`, { name: "scrape", scopes: ["models:read"] })
  ).json();
  return { id, headers: { Authorization: `Bearer ${token}` } };
}
const scrape = (headers: Record<string, string>) => api.get("/metrics", headers);

it("A token that was let in before is let in, and nobody else", async () => {
  const known = await tokenOf("known", "maintainer");
  const unknown = await tokenOf("unknown", "maintainer");
  const reader = await tokenOf("reader", "reader");
  expect((await scrape(known.headers)).status).toBe(200);
  expect((await scrape(reader.headers)).status).toBe(403);
  // Who a token is, is remembered for five seconds (lib/accounts/directory.ts).
  await sleep(5_500);
  await postgres.freeze();
  const begun = Date.now();
  const text = await scrape(known.headers);
  expect(Date.now() - begun).toBeLessThan(10_000);
  expect(text.status).toBe(200);
  expect(text.body).toMatch(/^model_registry_database_up 0$/m);
  const { Authorization } = known.headers;
  const changed = { Authorization: `${Authorization.slice(0, -4)}AAAA` };
  const others = [unknown.headers, reader.headers, changed, {}];
  const refused = await Promise.all(others.map((headers) => scrape(headers)));
  expect(refused.slice(0, 2).map(({ status }) => status)).toEqual([503, 503]);
  for (const { status, body } of refused) {
    expect([401, 503]).toContain(status);
    expect(JSON.stringify(body)).not.toContain("process_");
  }
  postgres.thaw();
  await expect
    .poll(async () => (await scrape(known.headers)).body, { timeout: 60_000 })
    .toMatch(/^model_registry_database_up 1$/m);
});
