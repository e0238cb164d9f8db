/** Invitations, roles, the last administrator, quotas, limits, and rights that end while something is sent. */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { SYSTEM } from "../../lib/access/actor.ts";
import { ensureAdministrator } from "../../lib/accounts/first-administrator.ts";
import { networkOf } from "../../lib/accounts/limits.ts";
import { provideServices } from "../../lib/server.ts";
import {
  callRoute,
  type Given,
  makeAccount,
  makeToken,
  PASSWORD,
  type TestAccount,
} from "../support/accounts.ts";
import { modelRegistry } from "../support/model-registry.ts";

const registry = modelRegistry({
  MODEL_REGISTRY_API__AUTH_REQUIRED: "true",
  MODEL_REGISTRY_API__REQUESTS_PER_MINUTE: "2000",
});
let admin: TestAccount;
let adminToken: string;
const short = () => randomUUID().slice(0, 8);

beforeAll(async () => {
  provideServices(registry.services);
  const first = await ensureAdministrator(registry.ctxFor(SYSTEM));
  if (first.kind !== "link") throw new Error("there is an administrator already");
  const made = await redeem(first.link.url, { name: "admin" });
  admin = { ...made.body.user, role: "administrator" };
  adminToken = (await makeToken(registry, admin)).token;
});

const asAdmin = (operation: string, names: Record<string, string> = {}, given: Given = {}) =>
  callRoute(operation, names, { ...given, token: adminToken });
const tokenOf = (url: string) => new URL(url, "http://localhost").searchParams.get("token") ?? "";
const redeem = (url: string, more: object = {}) =>
  callRoute("redeem_link", {}, { body: { token: tokenOf(url), password: PASSWORD, ...more } });
const meOf = async (username: string, password = PASSWORD) => {
  const { body } = await callRoute(
    "exchange_token",
    {},
    { body: { grant_type: "password", username, password } },
  );
  return callRoute("get_me", {}, { token: body.access_token });
};

describe("an invitation", () => {
  it("makes an account with its role, once", async () => {
    const link = (
      await asAdmin("invite", {}, { body: { role: "maintainer", email: "x@example.org" } })
    ).body;
    expect(link.url).toMatch(/^\/invite\?token=[\w-]{43}$/);
    const name = `invited-${short()}`;
    expect((await redeem(link.url, { name: "" })).status).toBe(400);
    expect((await redeem(link.url, { name, role: "administrator" })).status).toBe(400);
    expect((await redeem(link.url)).body.errors).toEqual([
      { pointer: "/name", detail: "is required" },
    ]);
    expect((await redeem(link.url, { name: "ADMIN" })).body.code).toBe("account_exists");
    expect((await redeem(link.url, { name })).status).toBe(200);
    expect((await redeem(link.url, { name: `${name}-2` })).body.code).toBe("link_not_found");
    expect((await meOf(name)).body).toMatchObject({ name, role: "maintainer" });
  });

  it("is kept as a hash alone, and ends with its time", async () => {
    const { url } = (await asAdmin("invite", {}, { body: {} })).body;
    const rows = await registry.ctx.db.oneTimeLink.findMany();
    expect(JSON.stringify(rows)).not.toContain(tokenOf(url));
    await registry.ctx.db
      .$executeRaw`update one_time_link set expires_at = now() - interval '1 second'`;
    expect((await redeem(url, { name: `late-${short()}` })).body.code).toBe("link_not_found");
  });

  it.each([
    "anonymous",
    "System",
    "me",
    "a b",
    "ä",
    "x/../y",
    "a\u202eb",
    "",
    "-x",
    "x".repeat(101),
  ])("gives nobody the name %j", async (name) => {
    const { url } = (await asAdmin("invite", {}, { body: {} })).body;
    expect((await redeem(url, { name })).status).toBe(400);
  });
});

describe("a user that an administrator makes", () => {
  it("chooses a password by a link, and another one by the next link, which ends the sessions", async () => {
    const name = `made-${short()}`;
    const { user, link } = (await asAdmin("create_user", {}, { body: { name, role: "reader" } }))
      .body;
    expect(user).toMatchObject({ name, role: "reader", disabled: false, sign_in: [] });
    expect((await meOf(name)).status).toBe(401);
    await redeem(link.url);
    const { body } = await callRoute(
      "exchange_token",
      {},
      { body: { grant_type: "password", username: name, password: PASSWORD } },
    );
    const first = (await asAdmin("create_reset_link", { id: user.id })).body;
    const second = (await asAdmin("create_reset_link", { id: user.id })).body;
    expect((await redeem(first.url)).body.code).toBe("link_not_found");
    expect((await redeem(second.url, { password: "quite another password" })).status).toBe(200);
    expect((await callRoute("get_me", {}, { token: body.access_token })).status).toBe(401);
    expect((await meOf(name)).status).toBe(401);
    expect((await meOf(name, "quite another password")).status).toBe(200);
  });

  it("is listed, found and changed; a name is taken in any spelling", async () => {
    const name = `Listed-${short()}`;
    const { user } = (await asAdmin("create_user", {}, { body: { name } })).body;
    expect(
      (await asAdmin("create_user", {}, { body: { name: name.toUpperCase() } })).body.code,
    ).toBe("account_exists");
    expect(
      (await asAdmin("list_users", {}, { query: `query=${name.slice(2)}` })).body.items,
    ).toMatchObject([{ id: user.id }]);
    expect((await asAdmin("list_users", {}, { query: "query=%25" })).body.total).toBe(0);
    const all: string[] = [];
    for (let cursor = ""; ; ) {
      const { body } = await asAdmin(
        "list_users",
        {},
        { query: `limit=2${cursor && `&cursor=${cursor}`}` },
      );
      all.push(...body.items.map((item: { name: string }) => item.name));
      if (body.next_cursor === null) break;
      cursor = body.next_cursor;
    }
    expect(all).toEqual([...all].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)));
    expect(all).toContain(name);
    const changed = await asAdmin(
      "update_user",
      { id: user.id },
      { body: { role: "contributor", quota_bytes: 5 } },
    );
    expect(changed.body).toMatchObject({ role: "contributor", quota_bytes: 5 });
    const [entry] = (await asAdmin("list_audit", {}, { query: "action=account.updated&limit=1" }))
      .body.items;
    expect(entry.detail).toMatchObject({
      before: { role: "reader", quota_bytes: null },
      after: { role: "contributor", quota_bytes: 5 },
    });
  });
});

it("somebody stays administrator, also when two are taken at once", async () => {
  const second = await makeAccount(registry, `second-${short()}`, "administrator");
  const take = (id: string) => asAdmin("update_user", { id }, { body: { role: "reader" } });
  const answers = await Promise.all([take(admin.id), take(second.id)]);
  const statuses = answers.map(({ status }) => status).sort();
  expect([
    [200, 403],
    [200, 409],
  ]).toContainEqual(statuses);
  await registry.ctx.db.account.update({
    where: { id: admin.id },
    data: { role: "administrator" },
  });
  await registry.ctx.db.account.update({ where: { id: second.id }, data: { role: "reader" } });
  registry.services.accounts.forget();
  for (const [operation, body] of [
    ["update_user", { role: "maintainer" }],
    ["update_user", { disabled: true }],
    ["remove_user", undefined],
  ] as const) {
    const answer = await asAdmin(operation, { id: admin.id }, body ? { body } : {});
    expect([answer.status, answer.body.code]).toEqual([409, "last_administrator"]);
  }
});

describe("a service account", () => {
  it("has tokens that an administrator makes, and no password", async () => {
    const robot = (
      await asAdmin(
        "create_service_account",
        {},
        { body: { name: `robot-${short()}`, role: "contributor" } },
      )
    ).body;
    expect((await asAdmin("get_user", { id: robot.id })).body.code).toBe("account_not_found");
    const made = await asAdmin(
      "create_service_token",
      { id: robot.id },
      { body: { name: "ci", scopes: ["models:read"], models: ["nets-*"] } },
    );
    expect(made.body.environment).toContain("MODEL_REGISTRY_TOKEN=");
    const me = await callRoute("get_me", {}, { token: made.body.token });
    expect(me.body).toMatchObject({
      kind: "service",
      name: robot.name,
      scopes: ["models:read"],
      models: ["nets-*"],
    });
    const listed = (await asAdmin("list_service_tokens", { id: robot.id })).body.items;
    expect(listed).toMatchObject([{ id: made.body.id, name: "ci" }]);
    expect(JSON.stringify(listed)).not.toContain(made.body.token);
    expect((await asAdmin("revoke_token", { id: made.body.id })).status).toBe(204);
    expect((await callRoute("get_me", {}, { token: made.body.token })).status).toBe(401);
  });
});

it("a token makes neither one that lives longer, nor, confined to models, any", async () => {
  const admin = await makeAccount(registry, `tokens-${short()}`, "administrator");
  const make = (token: string, days: number) =>
    callRoute(
      "create_token",
      {},
      { token, body: { name: "next", scopes: ["admin"], expires_in_days: days } },
    );
  const { token } = await makeToken(registry, admin);
  const own = (await callRoute("list_tokens", {}, { token })).body.items[0].expires_at;
  expect((await make(token, 365)).body.expires_at).toBe(own);
  const confined = await makeToken(registry, admin, { models: ["mine-*"] });
  expect((await make(confined.token, 1)).body.code).toBe("forbidden");
  const users = await callRoute(
    "create_user",
    {},
    { token: confined.token, body: { name: "x-1" } },
  );
  expect(users.body.code).toBe("forbidden");
});

describe("rights that end while something is sent", () => {
  const form = (name: string, body: ReadableStream) =>
    new Request("http://localhost/api/v1/models", {
      method: "POST",
      body,
      duplex: "half",
      headers: {
        "Content-Type": "multipart/form-data; boundary=b",
        Authorization: `Bearer ${name}`,
      },
    } as RequestInit);

  it("keep a registration from coming to be whose body was already on its way", async () => {
    const user = await makeAccount(registry, `sender-${short()}`, "contributor");
    const { token, id } = await makeToken(registry, user);
    const { allRoutes } = await import("../../app/api/v1/manifest.ts");
    const route = allRoutes.find(({ declaration }) => declaration.operation === "register_model");
    const text = new TextEncoder();
    const name = `cut-${short()}`;
    const body = new ReadableStream({
      start: (controller) =>
        controller.enqueue(
          text.encode(
            `--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n${name}\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nx`,
          ),
        ),
      async pull(controller) {
        await callRoute("revoke_token", { id }, { token: adminToken });
        controller.enqueue(text.encode("\r\n--b--\r\n"));
        controller.close();
      },
    });
    const answer = await route?.(form(token, body), { params: Promise.resolve(undefined) });
    expect(answer?.status).toBe(401);
    expect((await asAdmin("get_model", { name })).status).toBe(404);
  });

  it("end an open upload at the next part, and in the middle of one", async () => {
    const user = await makeAccount(registry, `uploader-${short()}`, "contributor");
    const { token, id: tokenId } = await makeToken(registry, user);
    const upload = (await callRoute("create_upload", {}, { token, body: { size_bytes: 4 } })).body;
    const { allRoutes } = await import("../../app/api/v1/manifest.ts");
    const route = allRoutes.find(({ declaration }) => declaration.operation === "put_part");
    const put = (body: ReadableStream | string) =>
      route?.(
        new Request(`http://localhost/api/v1/uploads/${upload.id}/parts/0`, {
          method: "PUT",
          body,
          duplex: "half",
          headers: { Authorization: `Bearer ${token}`, "Content-Length": "4" },
        } as RequestInit),
        { params: Promise.resolve({ id: upload.id, part: "0" }) },
      );
    const slow = new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array([1, 2])),
      async pull(controller) {
        await callRoute("revoke_token", { id: tokenId }, { token: adminToken });
        controller.enqueue(new Uint8Array([3, 4]));
        controller.close();
      },
    });
    expect((await put(slow))?.status).toBe(401);
    expect(await registry.ctx.db.uploadPart.count({ where: { uploadId: upload.id } })).toBe(0);
    expect((await put("abcd"))?.status).toBe(401);
  });
});

describe("a quota", () => {
  const register = (token: string, name: string, bytes: number, headers = {}) => {
    const form = new FormData();
    form.set("name", name);
    form.append("file", new File([randomUUID().repeat(10_000).slice(0, bytes)], "notes.txt"));
    return callRoute("register_model", {}, { token, form, headers });
  };

  it("of a user counts registrations and open uploads, before the first byte", async () => {
    const user = await makeAccount(registry, `quota-${short()}`, "contributor");
    const { token } = await makeToken(registry, user);
    await asAdmin("update_user", { id: user.id }, { body: { quota_bytes: 100 } });
    expect((await register(token, `q-${short()}`, 60)).status).toBe(201);
    expect((await register(token, `q-${short()}`, 60)).body.code).toBe("quota_exceeded");
    const upload = await callRoute("create_upload", {}, { token, body: { size_bytes: 40 } });
    expect(upload.status).toBe(201);
    const more = await callRoute("create_upload", {}, { token, body: { size_bytes: 1 } });
    expect([more.status, more.body.code]).toEqual([413, "quota_exceeded"]);
    const announced = await register(token, `q-${short()}`, 1, {
      "Content-Length": String(10 ** 9),
    });
    expect([announced.status, announced.body.code]).toEqual([413, "quota_exceeded"]);
    await asAdmin("update_user", { id: user.id }, { body: { quota_bytes: null } });
    expect((await register(token, `q-${short()}`, 60)).status).toBe(201);
  });

  it("of a model counts its versions, whoever registers them", async () => {
    const name = `full-${short()}`;
    expect((await register(adminToken, name, 60)).status).toBe(201);
    expect((await asAdmin("update_model", { name }, { body: { quota_bytes: 100 } })).status).toBe(
      200,
    );
    expect((await register(adminToken, name, 40)).status).toBe(201);
    expect((await register(adminToken, name, 1)).body.code).toBe("quota_exceeded");
  });

  it("is not passed by registering at once", async () => {
    const user = await makeAccount(registry, `race-${short()}`, "contributor");
    const { token } = await makeToken(registry, user);
    await asAdmin("update_user", { id: user.id }, { body: { quota_bytes: 100 } });
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => register(token, `r-${short()}`, 40)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
  });

  it("is not passed by beginning uploads at once", async () => {
    const user = await makeAccount(registry, `race-${short()}`, "contributor");
    const { token } = await makeToken(registry, user);
    await asAdmin("update_user", { id: user.id }, { body: { quota_bytes: 100 } });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        callRoute("create_upload", {}, { token, body: { size_bytes: 40 } }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
    // Bytes that are uploaded whole are kept as well, until a version has them or they expire.
    const { digest } = await registry.ctx.db.blob.findFirstOrThrow();
    await registry.ctx.db.upload.updateMany({
      where: { actorId: user.id },
      data: { state: "stored", digest },
    });
    const more = await callRoute("create_upload", {}, { token, body: { size_bytes: 40 } });
    expect(more.body.code).toBe("quota_exceeded");
  });
});

describe("the limits", () => {
  it("are told with every answer", async () => {
    const { headers } = await asAdmin("get_me");
    expect(headers.get("ratelimit-policy")).toBe(`"api";q=2000;w=60`);
    expect(headers.get("ratelimit")).toMatch(/^"api";r=\d+;t=\d+$/);
  });

  it("end with a refusal that says when to come back", async () => {
    const { limits } = registry.services.accounts;
    const user = await makeAccount(registry, `busy-${short()}`, "reader");
    const { token } = await makeToken(registry, user);
    for (let count = 0; count < 2000; count += 1) await limits.consume("api", user.id);
    const answer = await callRoute("get_me", {}, { token });
    expect([answer.status, answer.body.code]).toEqual([429, "rate_limited"]);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(answer.headers.get("ratelimit")).toMatch(/^"api";r=0;t=\d+$/);
    expect((await asAdmin("get_me")).status).toBe(200);
  });

  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    [null, "unknown"],
  ])("count %s as %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
