/** While accounts are off everybody is an administrator, but for whoever shows a credential: that one has to be right. */
import { beforeAll, expect, it } from "vitest";
import { provideServices } from "../../lib/server.ts";
import { callRoute, makeAccount, makeToken } from "../support/accounts.ts";
import { modelRegistry } from "../support/model-registry.ts";

const registry = modelRegistry();

beforeAll(() => provideServices(registry.services));

it("nobody's name may do everything, and counts against no limit", async () => {
  const { status, headers, body } = await callRoute("get_me");
  expect([status, body.kind, body.role]).toEqual([200, "anonymous", "administrator"]);
  expect(headers.get("ratelimit")).toBeNull();
  await registry.register("net", undefined, { visibility: "private" });
  expect((await callRoute("get_model", { name: "net" })).status).toBe(200);
  expect((await callRoute("create_user", {}, { body: { name: "prepared" } })).status).toBe(201);
});

it.each(["Bearer wrong", "bearer wrong", "Bearer ", "Bearer"])(
  "%j is refused",
  async (Authorization) => {
    const answer = await callRoute("list_models", {}, { headers: { Authorization } });
    expect([answer.status, answer.body.code]).toEqual([401, "unauthenticated"]);
  },
);

it("a cookie that is no session is refused, and one of somebody else's is ignored", async () => {
  const said = async (Cookie: string) =>
    (await callRoute("list_models", {}, { headers: { Cookie } })).status;
  expect(await said("model-registry.session=wrong")).toBe(401);
  expect(await said("__Secure-model-registry.session=wrong; a=b")).toBe(401);
  expect(await said("other=model-registry.session; a=b")).toBe(200);
  expect(await said("model-registry.session=")).toBe(200);
});

it("a proxy's own credentials are none of ours", async () => {
  const headers = { Authorization: "Basic dXNlcjpwYXNz" };
  expect((await callRoute("list_models", {}, { headers })).status).toBe(200);
});

it("a token that is right is for whoever has it, with that role", async () => {
  const { token } = await makeToken(registry, await makeAccount(registry, "reader", "reader"));
  expect((await callRoute("get_me", {}, { token })).body).toMatchObject({
    name: "reader",
    role: "reader",
  });
  expect((await callRoute("get_model", { name: "net" }, { token })).status).toBe(404);
});

it("a quota of the configuration holds for models, and an open registry has none of users", async () => {
  await registry.register("big");
  const set = await callRoute("update_model", { name: "big" }, { body: { quota_bytes: 0 } });
  expect(set.status).toBe(200);
  await expect(registry.register("big", { "a.txt": "more" })).rejects.toMatchObject({
    code: "quota_exceeded",
  });
});
