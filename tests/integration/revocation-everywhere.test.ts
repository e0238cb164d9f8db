/** Several processes of one server, each of which remembers credentials: a change holds in all of them. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const ADMIN = { username: "admin", password: "correct horse battery" };
const ROUNDS = 40;
let server: RunningServer;
let api: RegistryClient;

beforeAll(async () => {
  server = await startServer({
    env: {
      MODEL_REGISTRY_API__WORKERS: "3",
      MODEL_REGISTRY_API__AUTH_REQUIRED: "true",
      MODEL_REGISTRY_ADMIN_NAME: ADMIN.username,
      MODEL_REGISTRY_ADMIN_PASSWORD: ADMIN.password,
    },
  });
  api = new RegistryClient(server.baseUrl);
});
afterAll(() => server?.stop());

it("whoever makes a private model sees it with the next request, wherever that comes to", async () => {
  const { body } = await api.send("POST", "/api/v1/auth/token", {
    grant_type: "password",
    ...ADMIN,
  });
  const admin = { Authorization: `Bearer ${body.access_token}` };
  const robot = await api.send(
    "POST",
    "/api/v1/service-accounts",
    { name: "robot", role: "contributor" },
    admin,
  );
  const made = await api.send(
    "POST",
    `/api/v1/service-accounts/${robot.body.id}/tokens`,
    { name: "t", scopes: ["models:write", "models:read"] },
    admin,
  );
  const headers = { Authorization: `Bearer ${made.body.token}`, Connection: "close" };
  for (let round = 0; round < ROUNDS / 2; round += 1) {
    const name = `mine-${round}`;
    const files = [{ path: "a.txt", bytes: new TextEncoder().encode(name) }];
    expect((await api.register({ name, visibility: "private" }, files, { headers })).status).toBe(
      201,
    );
    const all = await Promise.all(
      Array.from({ length: 6 }, () => api.get(`/api/v1/models/${name}`, headers)),
    );
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
  }
});

it("a token that is revoked by one is refused by all with the next request", async () => {
  const { body } = await api.send("POST", "/api/v1/auth/token", {
    grant_type: "password",
    ...ADMIN,
  });
  const admin = { Authorization: `Bearer ${body.access_token}` };
  for (let round = 0; round < ROUNDS; round += 1) {
    const made = await api.send("POST", "/api/v1/tokens", { name: "t", scopes: ["admin"] }, admin);
    const token = { Authorization: `Bearer ${made.body.token}`, Connection: "close" };
    // Each connection may come to another process.
    const all = () => Promise.all(Array.from({ length: 6 }, () => api.get("/api/v1/me", token)));
    expect(new Set((await all()).map(({ status }) => status))).toEqual(new Set([200]));
    expect(
      (await api.send("DELETE", `/api/v1/tokens/${made.body.id}`, undefined, admin)).status,
    ).toBe(204);
    expect(new Set((await all()).map(({ status }) => status))).toEqual(new Set([401]));
  }
});
