/** What a token may look like, and what ends it. */
import { createHmac, randomUUID, sign as signBytes } from "node:crypto";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { provideServices } from "../../lib/server.ts";
import {
  callRoute,
  makeAccount,
  makeToken,
  PASSWORD,
  type TestAccount,
} from "../support/accounts.ts";
import { modelRegistry } from "../support/model-registry.ts";

const registry = modelRegistry({ MODEL_REGISTRY_API__AUTH_REQUIRED: "true" });
let admin: TestAccount;
let adminToken: string;
let user: TestAccount;
let token: string;
let tokenId: string;

beforeAll(async () => {
  provideServices(registry.services);
  admin = await makeAccount(registry, "admin", "administrator");
  adminToken = (await makeToken(registry, admin)).token;
});
beforeEach(async () => {
  user = await makeAccount(registry, `user-${randomUUID().slice(0, 8)}`, "contributor");
  ({ token, id: tokenId } = await makeToken(registry, user));
});

const me = (given: string) => callRoute("get_me", {}, { token: given });
const parts = (given: string) => given.split(".") as [string, string, string];
const decode = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token with the right key, whatever else is wrong with it. */
async function forge(
  change: (header: Record<string, unknown>, claims: Record<string, unknown>) => void,
): Promise<string> {
  const { key, kid } = await registry.services.accounts.keys.signer();
  const [header, claims] = [{ alg: "EdDSA", typ: "at+jwt", kid }, decode(parts(token)[1])];
  change(header, claims);
  const text = `${encode(header)}.${encode(claims)}`;
  const signature = signBytes(null, Buffer.from(text), await toNodeKey(key));
  return `${text}.${signature.toString("base64url")}`;
}

async function toNodeKey(key: CryptoKey) {
  const { KeyObject } = await import("node:crypto");
  return KeyObject.from(key);
}

it("a token that is as we make it is accepted, also when it is made by hand", async () => {
  expect((await me(token)).body).toMatchObject({ name: user.name, role: "contributor" });
  expect((await me(await forge(() => {}))).status).toBe(200);
});

describe("a token is refused", () => {
  type Change = Parameters<typeof forge>[0];
  const now = () => Math.floor(Date.now() / 1000);
  it.each<[string, Change]>([
    [
      "whose time is over",
      (_, c) => Object.assign(c, { exp: now() - 60, iat: now() - 120, nbf: now() - 120 }),
    ],
    ["that is not valid yet", (_, c) => Object.assign(c, { nbf: now() + 3600 })],
    ["whose end is a text", (_, c) => Object.assign(c, { exp: "9999999999" })],
    ["whose beginning is a text", (_, c) => Object.assign(c, { nbf: "0" })],
    ["that never ends", (_, c) => delete c.exp],
    ["without an audience", (_, c) => delete c.aud],
    ["without an id", (_, c) => delete c.jti],
    ["without a beginning", (_, c) => delete c.nbf],
    ["without its row", (_, c) => delete c.sid],
    ["without an account", (_, c) => delete c.sub],
    ["without an issuer", (_, c) => delete c.iss],
    [
      "for the audience of refresh tokens",
      (_, c) => Object.assign(c, { aud: "model-registry/refresh" }),
    ],
    ["for sessions", (_, c) => Object.assign(c, { aud: "model-registry/session" })],
    ["for several audiences", (_, c) => Object.assign(c, { aud: ["model-registry/api", "x"] })],
    ["of another issuer", (_, c) => Object.assign(c, { iss: "https://evil.test" })],
    ["with further claims", (_, c) => Object.assign(c, { role: "administrator" })],
    ["of another account", (_, c) => Object.assign(c, { sub: admin.id })],
    ["of a row that is not there", (_, c) => Object.assign(c, { sid: randomUUID() })],
    ["of a row that is no UUID", (_, c) => Object.assign(c, { sid: "' or 1=1" })],
    ["of the type of sessions", (h) => Object.assign(h, { typ: "session+jwt" })],
    ["of the type JWT", (h) => Object.assign(h, { typ: "JWT" })],
    ["without a type", (h) => delete h.typ],
    ["without a key", (h) => delete h.kid],
    ["of an unknown key", (h) => Object.assign(h, { kid: "unknown" })],
    ["whose key is a path", (h) => Object.assign(h, { kid: "../../../../dev/null" })],
    ["whose key is no text", (h) => Object.assign(h, { kid: 1 })],
    ["with a key of its own", (h) => Object.assign(h, { jwk: { kty: "OKP" } })],
    ["with the URL of a key", (h) => Object.assign(h, { jku: "https://evil.test/jwks" })],
    ["with a certificate's URL", (h) => Object.assign(h, { x5u: "https://evil.test/x" })],
    ["with critical extensions", (h) => Object.assign(h, { crit: ["b64"], b64: false })],
    ["by the other name of the algorithm", (h) => Object.assign(h, { alg: "Ed25519" })],
    ["by no algorithm", (h) => Object.assign(h, { alg: "none" })],
    ["by a list of algorithms", (h) => Object.assign(h, { alg: ["EdDSA"] })],
  ])("%s", async (_what, change) => {
    const answer = await me(await forge(change));
    expect([answer.status, answer.body.code]).toEqual([401, "unauthenticated"]);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
  });

  it.each(["none", "None", "NONE", "nOnE", ""])(
    "without a signature, by the algorithm %j",
    async (alg) => {
      const text = `${encode({ ...decode(parts(token)[0]), alg })}.${parts(token)[1]}`;
      for (const signature of ["", ".", `.${parts(token)[2]}`])
        expect((await me(text + signature)).status).toBe(401);
    },
  );

  it("whose signature is empty, cut, or of another token", async () => {
    const [header, claims, signature] = parts(token);
    const other = parts((await makeToken(registry, admin)).token);
    for (const wrong of ["", "AAAA", signature.slice(0, -4), other[2]])
      expect((await me(`${header}.${claims}.${wrong}`)).status).toBe(401);
    expect((await me(`${header}.${other[1]}.${signature}`)).status).toBe(401);
  });

  it("that is signed with the public key as a secret (HS256), or with RSA", async () => {
    const [published] = (await registry.services.accounts.keys.published()).keys;
    const text = `${encode({ ...decode(parts(token)[0]), alg: "HS256" })}.${parts(token)[1]}`;
    for (const secret of [
      JSON.stringify(published),
      Buffer.from(published?.x ?? "", "base64url"),
    ]) {
      const mac = createHmac("sha256", secret).update(text).digest("base64url");
      expect((await me(`${text}.${mac}`)).status).toBe(401);
    }
    const rsa = await generateKeyPair("RS256");
    const { kid } = decode(parts(token)[0]);
    const byRsa = await new SignJWT(decode(parts(token)[1]))
      .setProtectedHeader({ alg: "RS256", typ: "at+jwt", kid })
      .sign(rsa.privateKey);
    expect((await me(byRsa)).status).toBe(401);
  });

  it("that is signed with a key of the sender's, which it brings along", async () => {
    const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true });
    const { kid } = decode(parts(token)[0]);
    const jwk = await exportJWK(publicKey);
    for (const header of [{ kid }, { kid, jwk }]) {
      const forged = await new SignJWT(decode(parts(token)[1]))
        .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", ...header })
        .sign(privateKey);
      expect((await me(forged)).status).toBe(401);
    }
  });

  it.each(["x", "a.b.c", "....", "é", "a".repeat(100_000), "null", "[]", `${"e30."}.`])(
    "that is none: %.20s",
    async (text) => {
      const headers = { Authorization: `Bearer ${encodeURIComponent(text)}` };
      expect((await callRoute("get_me", {}, { headers })).status).toBe(401);
    },
  );

  it("that comes by another scheme, or by none", async () => {
    for (const Authorization of ["Basic dXNlcjpwYXNz", token, "Bearer", `Token ${token}`])
      expect((await callRoute("get_me", {}, { headers: { Authorization } })).status).toBe(401);
  });
});

describe("acts on the next request", () => {
  it("a token that is revoked", async () => {
    expect((await me(token)).status).toBe(200);
    expect((await callRoute("revoke_token", { id: tokenId }, { token })).status).toBe(204);
    expect((await me(token)).status).toBe(401);
    expect(
      (await callRoute("list_tokens", {}, { token: (await makeToken(registry, user)).token })).body
        .items,
    ).toHaveLength(1);
  });

  it("another role, a disabled account, one that is removed", async () => {
    const form = () => {
      const filled = new FormData();
      filled.set("name", "roles");
      filled.append("file", new File([randomUUID()], "notes.txt"));
      return filled;
    };
    const change = (body: object) =>
      callRoute("update_user", { id: user.id }, { token: adminToken, body });
    expect((await callRoute("register_model", {}, { token, form: form() })).status).toBe(201);
    expect((await change({ role: "reader" })).status).toBe(200);
    expect((await callRoute("register_model", {}, { token, form: form() })).status).toBe(201); // its own model
    const other = form();
    other.set("name", "others");
    expect((await callRoute("register_model", {}, { token, form: other })).status).toBe(403);
    await change({ disabled: true });
    expect((await me(token)).status).toBe(401);
    await change({ disabled: false });
    expect((await me(token)).status).toBe(200);
    expect((await callRoute("remove_user", { id: user.id }, { token: adminToken })).status).toBe(
      204,
    );
    expect((await me(token)).status).toBe(401);
    await change({ disabled: false });
    expect((await me(token)).status).toBe(401);
  });

  it("a key that is replaced because somebody may know it", async () => {
    const { key } = await registry.services.accounts.keys.signer();
    await registry.services.accounts.keys.rotate({ revokeOthers: true });
    expect((await me(token)).status).toBe(401);
    expect((await registry.services.accounts.keys.signer()).key).not.toBe(key);
    adminToken = (await makeToken(registry, admin)).token;
    expect((await me(adminToken)).status).toBe(200);
  });

  it("a change by another server, and nothing is remembered while none is heard of", async () => {
    expect((await me(token)).status).toBe(200);
    await registry.ctx.db.$transaction([
      registry.ctx.db
        .$executeRaw`update api_token set revoked_at = now() where id = ${tokenId}::uuid`,
      registry.ctx.db
        .$executeRaw`select pg_notify('registry_events', ${JSON.stringify({ action: "token.revoked", model: null, version: null, actor: "x", at: new Date().toISOString() })})`,
    ]);
    await expect.poll(async () => (await me(token)).status).toBe(401);
    const { token: second, id } = await makeToken(registry, user);
    expect((await me(second)).status).toBe(200);
    await registry.ctx.db.$executeRaw`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'model-registry-events' and datname = current_database()`;
    await expect.poll(() => registry.services.events.isListening).toBe(false);
    await registry.ctx.db
      .$executeRaw`update api_token set revoked_at = now() where id = ${id}::uuid`;
    expect((await me(second)).status).toBe(401);
  });
});

describe("a key that is added", () => {
  it("is published before it signs, and what was signed before stays valid", async () => {
    const before = await registry.services.accounts.keys.signer();
    const rotated = await callRoute("rotate_signing_keys", {}, { token: adminToken, body: {} });
    expect(rotated.body.items.map(({ state }: { state: string }) => state)).toEqual([
      "active",
      "next",
    ]);
    expect((await registry.services.accounts.keys.signer()).kid).toBe(before.kid);
    const published = await registry.services.accounts.keys.published();
    expect(published.keys).toHaveLength(2);
    for (const key of published.keys) {
      expect(Object.keys(key).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
      expect(key).toMatchObject({ alg: "EdDSA", use: "sig" });
    }
    await registry.ctx.db
      .$executeRaw`update signing_key set active_at = active_at - interval '2 days'`;
    await registry.services.accounts.keys.maintain();
    expect((await registry.services.accounts.keys.signer()).kid).not.toBe(before.kid);
    expect((await me(token)).status).toBe(200);
    const states = await registry.services.accounts.keys.states();
    expect(states.map(({ state }) => state)).toEqual(["retiring", "active"]);
  });
});

describe("a password for a token", () => {
  const exchange = (body: object) => callRoute("exchange_token", {}, { body });
  const byPassword = (more: object = {}) =>
    exchange({ grant_type: "password", username: user.name, password: PASSWORD, ...more });

  it("gives one for a quarter of an hour, with as much as was asked for", async () => {
    const { status, body } = await byPassword({ scopes: ["models:read"] });
    expect([status, body.token_type, body.expires_in, body.scope]).toEqual([
      200,
      "Bearer",
      900,
      "models:read",
    ]);
    expect((await me(body.access_token)).body).toMatchObject({ scopes: ["models:read"] });
    expect((await callRoute("list_tokens", {}, { token: body.access_token })).status).toBe(403);
    expect((await me(body.refresh_token)).status).toBe(401);
  });

  it("refreshes it once, and ends the family when a refresh token comes again", async () => {
    const first = (await byPassword()).body;
    const second = (
      await exchange({ grant_type: "refresh_token", refresh_token: first.refresh_token })
    ).body;
    expect((await me(second.access_token)).status).toBe(200);
    const again = await exchange({
      grant_type: "refresh_token",
      refresh_token: first.refresh_token,
    });
    expect([again.status, again.body.code]).toEqual([401, "invalid_credentials"]);
    expect((await me(second.access_token)).status).toBe(401);
    expect(
      (await exchange({ grant_type: "refresh_token", refresh_token: second.refresh_token })).status,
    ).toBe(401);
    expect(
      (await exchange({ grant_type: "refresh_token", refresh_token: first.access_token })).status,
    ).toBe(401);
  });

  it("works for one of many who refresh at once", async () => {
    const { refresh_token } = (await byPassword()).body;
    const all = await Promise.all(
      Array.from({ length: 8 }, () => exchange({ grant_type: "refresh_token", refresh_token })),
    );
    expect(all.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  });

  it("ends by its owner's wish, whichever of its tokens is shown", async () => {
    const { access_token, refresh_token } = (await byPassword()).body;
    expect(
      (await callRoute("revoke_presented_token", {}, { body: { token: "nothing" } })).status,
    ).toBe(204);
    expect(
      (await callRoute("revoke_presented_token", {}, { body: { token: refresh_token } })).status,
    ).toBe(204);
    expect((await me(access_token)).status).toBe(401);
  });

  it("ends with another password, and personal tokens stay", async () => {
    const { access_token } = (await byPassword()).body;
    const body = { current_password: PASSWORD, new_password: "another good password" };
    const wrong = await callRoute(
      "change_password",
      {},
      { token, body: { ...body, current_password: "x" } },
    );
    expect(wrong.status).toBe(400);
    expect((await callRoute("change_password", {}, { token, body })).status).toBe(204);
    expect((await me(access_token)).status).toBe(401);
    expect((await me(token)).status).toBe(200);
    expect((await byPassword()).status).toBe(401);
    expect((await byPassword({ password: body.new_password })).status).toBe(200);
  });

  it("is not there for a program's account, a disabled one, or hostile names", async () => {
    const robot = await makeAccount(
      registry,
      `robot-${randomUUID().slice(0, 8)}`,
      "reader",
      "service",
    );
    for (const username of [robot.name, "' or 1=1 --", "%", user.name.toUpperCase().slice(1)])
      expect((await byPassword({ username })).status).toBe(401);
    await callRoute(
      "update_user",
      { id: user.id },
      { token: adminToken, body: { disabled: true } },
    );
    expect((await byPassword()).status).toBe(401);
  });
});

describe("a token of less than everything", () => {
  it("makes no token of more, and sees its models alone", async () => {
    const { token: narrow } = await makeToken(registry, user, {
      scopes: ["models:read"],
      models: ["mine-*"],
    });
    for (const operation of ["create_token", "list_tokens", "list_sessions"])
      expect(
        (
          await callRoute(
            operation,
            {},
            { token: narrow, body: operation === "create_token" ? { name: "x" } : undefined },
          )
        ).status,
      ).toBe(403);
    expect((await me(narrow)).body).toMatchObject({ scopes: ["models:read"], models: ["mine-*"] });
  });

  it.each([
    [{ name: "x", scopes: ["root"] }],
    [{ name: "x", scopes: [] }],
    [{ name: "x", role: "administrator" }],
    [{ name: "x", owner: "admin" }],
    [{ name: "x", expires_in_days: 400 }],
    [{ name: "x", models: ["../x*"] }],
    [{ name: "x\u202e" }],
  ])("is not made from %j", async (body) => {
    expect((await callRoute("create_token", {}, { token, body })).status).toBe(400);
  });
});
