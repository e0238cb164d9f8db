/** A private model is there for administrators and for those with a grant; nobody else can tell it from a missing one. */
import { randomUUID } from "node:crypto";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { mayHear } from "../../lib/accounts/may-hear.ts";
import type { ChangeEventWire } from "../../lib/events/schema.ts";
import { provideServices } from "../../lib/server.ts";
import {
  callRoute,
  type Given,
  makeAccount,
  makeToken,
  type TestAccount,
} from "../support/accounts.ts";
import { modelRegistry } from "../support/model-registry.ts";

const registry = modelRegistry({ MODEL_REGISTRY_API__AUTH_REQUIRED: "true" });
const SECRET = "secret-net";
const BYTES = "bytes that only the secret model has";
const tokens: Record<string, string> = {};
const accounts: Record<string, TestAccount> = {};
let digest: string;

beforeAll(async () => {
  provideServices(registry.services);
  for (const [name, role] of [
    ["admin", "administrator"],
    ["owner", "contributor"],
    ["maintainer", "maintainer"],
    ["stranger", "contributor"],
  ] as const) {
    accounts[name] = await makeAccount(registry, name, role);
    tokens[name] = (await makeToken(registry, accounts[name])).token;
  }
  await register("owner", "open-net", "seen by all");
  const made = await register("owner", SECRET, BYTES, { visibility: "private" });
  digest = made.body.files[0].digest;
  await as("owner")("move_alias", { name: SECRET, alias: "prod" }, { body: { version: "1.0.0" } });
});

const as =
  (who: string) =>
  (operation: string, names: Record<string, string> = {}, given: Given = {}) =>
    callRoute(operation, names, { ...given, token: tokens[who] });

function register(who: string, name: string, content: string, fields: Record<string, string> = {}) {
  const form = new FormData();
  for (const [key, value] of Object.entries({ name, ...fields })) form.set(key, value);
  form.append("file", new File([content], "notes.txt"));
  return as(who)("register_model", {}, { form });
}

describe("somebody without a grant", () => {
  const LISTS: [string, string][] = [
    ["list_models", "facets=true"],
    ["list_models", `query=secret`],
    ["list_models", "owner=owner"],
    ["get_stats", ""],
    ["list_trash", ""],
    ["list_trashed_versions", ""],
  ];
  const MAINTAINERS: [string, string][] = [
    ["list_audit", ""],
    ["list_audit", `model=${SECRET}`],
    ["list_storage_models", ""],
    ["get_storage", ""],
    ["list_alerts", ""],
    ["list_operations", ""],
  ];
  it.each([
    ...LISTS.map((row) => ["stranger", ...row]),
    ...[...LISTS, ...MAINTAINERS].map((row) => ["maintainer", ...row]),
  ])("as %s is told nothing of it by %s %s", async (who, operation, query) => {
    const answer = await as(who as string)(operation as string, {}, { query: query as string });
    expect(answer.status).toBe(200);
    expect(JSON.stringify(answer.body)).not.toContain(SECRET);
  });

  it("counts nothing of it", async () => {
    for (const who of ["stranger", "maintainer"]) {
      expect((await as(who)("list_models", {}, { query: "facets=true" })).body).toMatchObject({
        total: 1,
        facets: { owner: { owner: 1 } },
      });
      expect((await as(who)("get_stats")).body).toMatchObject({ models: 1, versions: 1, blobs: 1 });
    }
    expect((await as("admin")("get_stats")).body).toMatchObject({
      models: 2,
      versions: 2,
      blobs: 2,
    });
    expect((await as("owner")("list_models")).body.total).toBe(2);
  });

  it("is not given its bytes by their digest, nor a hint that they are there", async () => {
    const ask = async (who: string) =>
      (await as(who)("create_upload", {}, { body: { digest, size_bytes: BYTES.length } })).status;
    expect([await ask("stranger"), await ask("maintainer"), await ask("owner")]).toEqual([
      201, 201, 200,
    ]);
    const files = [{ path: "a", digest }];
    const taken = await as("stranger")("register_model", {}, { body: { name: "mine", files } });
    expect([taken.status, taken.body.code]).toEqual([404, "blob_not_found"]);
    expect((await as("maintainer")("explain_blob", { digest })).body.code).toBe("blob_not_found");
    expect((await as("stranger")("list_models", {}, { query: `query=${digest}` })).body.total).toBe(
      0,
    );
  });

  it.each([
    "get_model",
    "list_versions",
    "get_version",
    "download_version",
    "list_tensors",
    "get_model_card",
    "list_alias_history",
  ])("gets by %s what there is for a missing model", async (operation) => {
    const said = async (name: string) => {
      const { status, body } = await as("stranger")(operation, { name, alias: "prod" });
      return { status, body: JSON.stringify({ ...body, request_id: "" }).replaceAll(name, "NAME") };
    };
    expect(await said(SECRET)).toEqual(await said("absent"));
    expect(await said("SECRET-NET")).toEqual(await said("ABSENT-NET"));
  });

  it("cannot take its name, and learns no more from that", async () => {
    const { status, body } = await register("stranger", SECRET, "mine");
    expect([status, body.code]).toEqual([403, "forbidden"]);
  });

  it("hears nothing of what happens to it", async () => {
    const event = (model: string | null, action = "version.registered"): ChangeEventWire => ({
      action,
      model,
      version: "1.0.0",
      actor: "owner",
      at: new Date().toISOString(),
    });
    const hears = async (who: string, model: string | null, action?: string) => {
      const identity = await registry.services.identify(
        new Headers({ Authorization: `Bearer ${tokens[who]}` }),
      );
      const ctx = registry.services.createContext({ requestId: null, address: null, identity });
      return mayHear(ctx, event(model, action));
    };
    for (const who of ["stranger", "maintainer"])
      expect(await hears(who, SECRET.toUpperCase())).toBe(false);
    for (const who of ["owner", "admin"]) expect(await hears(who, SECRET)).toBe(true);
    expect(await hears("stranger", "open-net")).toBe(true);
    expect(await hears("stranger", null, "session.started")).toBe(false);
    expect(await hears("stranger", null, "operation.scrub.done")).toBe(false);
    expect(await hears("maintainer", null, "operation.scrub.done")).toBe(true);
    expect(await hears("maintainer", null, "account.updated")).toBe(false);
  });

  it("sees nothing of it in the trash either, nor afterwards", async () => {
    const name = `gone-${randomUUID().slice(0, 8)}`;
    await register("owner", name, "soon gone", { visibility: "private" });
    expect((await as("owner")("trash_model", { name })).status).toBe(204);
    for (const who of ["stranger", "maintainer"])
      expect(JSON.stringify((await as(who)("list_trash")).body)).not.toContain(name);
    expect(JSON.stringify((await as("owner")("list_trash")).body)).toContain(name);
    expect((await as("maintainer")("restore_model", { name })).body.code).toBe("model_not_found");
    expect((await as("admin")("purge_model", { name })).status).toBe(204);
    expect(JSON.stringify((await as("maintainer")("list_audit")).body)).not.toContain(name);
    expect(JSON.stringify((await as("admin")("list_audit")).body)).toContain(name);
    // The grant of its owner was on the model that is gone.
    await register("stranger", name, "of somebody else");
    expect((await as("stranger")("get_model", { name })).body.visibility).toBe("private");
    expect((await as("owner")("get_model", { name })).status).toBe(404);
    await as("stranger")("trash_model", { name });
    await as("admin")("purge_model", { name });
  });
});

describe("a grant", () => {
  const grants = async () => (await as("owner")("list_grants", { name: SECRET })).body;
  const give = (to: object, level: string, who = "owner") =>
    as(who)("set_grant", { name: SECRET }, { body: { ...to, level } });
  const canRead = async (who: string) =>
    (await as(who)("get_model", { name: SECRET })).status === 200;

  beforeEach(async () => {
    for (const { id, level } of (await grants()).items)
      if (level !== "owner") await as("owner")("remove_grant", { name: SECRET, id });
  });

  it("is given by the owner, acts on the next request, and ends on the next one", async () => {
    expect(await canRead("stranger")).toBe(false);
    const given = await give({ user: "stranger" }, "read");
    expect(given.body).toMatchObject({ user: { name: "stranger" }, level: "read" });
    expect(await canRead("stranger")).toBe(true);
    expect((await as("stranger")("list_models")).body.total).toBe(2);
    expect((await as("stranger")("list_grants", { name: SECRET })).status).toBe(403);
    await as("owner")("remove_grant", { name: SECRET, id: given.body.id });
    expect(await canRead("stranger")).toBe(false);
    expect((await as("stranger")("list_models")).body.total).toBe(1);
  });

  it("reaches the members of a group while they are members", async () => {
    const group = (await as("admin")("create_group", {}, { body: { name: `g-${randomUUID()}` } }))
      .body;
    await give({ group: group.name }, "write");
    expect(await canRead("stranger")).toBe(false);
    const member = { id: group.id, account: accounts.stranger?.id ?? "" };
    expect((await as("admin")("add_member", member)).body.members).toMatchObject([
      { name: "stranger", source: "local" },
    ]);
    expect(await canRead("stranger")).toBe(true);
    expect(
      (await as("stranger")("update_model", { name: SECRET }, { body: { description: "x" } }))
        .status,
    ).toBe(200);
    await as("admin")("remove_member", member);
    expect(await canRead("stranger")).toBe(false);
    await as("admin")("add_member", member);
    await as("admin")("remove_group", { id: group.id });
    expect(await canRead("stranger")).toBe(false);
  });

  it("does not let its holder give more than there is, or change whose the model is", async () => {
    await give({ user: "stranger" }, "write");
    for (const body of [{ visibility: "public" }, { owner: "stranger" }])
      expect((await as("stranger")("update_model", { name: SECRET }, { body })).status).toBe(403);
    expect((await give({ user: "stranger" }, "owner", "stranger")).status).toBe(403);
    expect((await as("stranger")("trash_model", { name: SECRET })).status).toBe(403);
    for (const quota of [0, null])
      expect(
        (await as("owner")("update_model", { name: SECRET }, { body: { quota_bytes: quota } }))
          .status,
      ).toBe(403);
  });

  it.each([
    { user: "nobody", level: "read" },
    { group: "nothing", level: "read" },
    { user: "stranger", level: "admin" },
    { level: "read" },
    { user: "stranger", group: "x", level: "read" },
  ])("is not given from %j", async (body) => {
    expect([400, 404]).toContain(
      (await as("owner")("set_grant", { name: SECRET }, { body })).status,
    );
  });
});

it("a model that is made public is seen by all, and one that is made private by nobody else, from the next request on", async () => {
  const name = `turn-${randomUUID().slice(0, 8)}`;
  await register("owner", name, "turns");
  const sees = async () => (await as("stranger")("get_model", { name })).status === 200;
  const set = (visibility: string) =>
    as("owner")("update_model", { name }, { body: { visibility } });
  expect(await sees()).toBe(true);
  expect((await set("private")).body.visibility).toBe("private");
  expect(await sees()).toBe(false);
  expect((await as("stranger")("list_models")).body.total).toBe(1);
  await set("public");
  expect(await sees()).toBe(true);
  expect((await as("stranger")("list_models")).body.total).toBe(2);
});

it("models are handed over when somebody leaves, and what that account may is told before", async () => {
  const leaver = await makeAccount(registry, "leaver", "contributor");
  tokens.leaver = (await makeToken(registry, leaver)).token;
  await register("leaver", "left-behind", "x", { visibility: "private" });
  const rights = async (query: string) => {
    const { body } = await as("admin")("describe_permissions", { id: leaver.id }, { query });
    return body.permissions.find(({ name }: { name: string }) => name === "model.delete");
  };
  expect(await rights("model=left-behind")).toEqual({
    name: "model.delete",
    allowed: true,
    reason: "grant owner",
  });
  expect(await rights("model=open-net")).toMatchObject({ allowed: false, reason: "maintainer" });
  expect(await rights("model=open-net&role=maintainer")).toMatchObject({
    allowed: true,
    reason: "role maintainer",
  });
  expect(await rights(`model=${SECRET}`)).toMatchObject({ allowed: false, reason: "private" });
  const handed = await as("admin")("hand_over", { id: leaver.id }, { body: { to: "stranger" } });
  expect(handed.body).toEqual({ models: 1 });
  expect((await as("leaver")("get_model", { name: "left-behind" })).status).toBe(404);
  expect((await as("stranger")("get_model", { name: "left-behind" })).body).toMatchObject({
    owner: "stranger",
  });
});
