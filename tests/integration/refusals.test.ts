/** Every route against actors that may do less: nobody, each role, and one that is confined to some models. */
import { readFile } from "node:fs/promises";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { allRoutes } from "../../app/api/v1/manifest.ts";
import { type Actor, anonymous, ROLES } from "../../lib/access/actor.ts";
import { PERMISSIONS } from "../../lib/access/policy.ts";
import { provideServices } from "../../lib/server.ts";
import { CONFINED, identityOf, OPEN, userActor } from "../support/actors.ts";
import { modelRegistry } from "../support/model-registry.ts";
import { NAMES, ROUTE_ROWS } from "../support/route-rows.ts";

const registry = modelRegistry();
let actor: Actor = OPEN;
/** Of the file that both models have, and of the one that only `theirs` has. */
let shared: string;
let secret: string;

beforeAll(async () => {
  provideServices({ ...registry.services, identify: async () => identityOf(actor) });
  const weights = await readFile("lib/formats/fixtures/state_dict.pth");
  await register("mine-1", { "model.pth": weights });
  await register("theirs", { "model.pth": weights, "notes.txt": Buffer.from("theirs alone") });
  const { files } = (await call("get_version", { name: "theirs" })).body as Version;
  shared = files.find(({ path }) => path === "model.pth")?.digest ?? "";
  secret = files.find(({ path }) => path === "notes.txt")?.digest ?? "";
  await call("move_alias", { name: "theirs", alias: "prod" }, { body: { version: "1.0.0" } });
});
beforeEach(() => {
  actor = OPEN;
});

type Version = { files: { path: string; digest: string }[] };
type Given = { body?: unknown; query?: string; form?: FormData };

async function call(operation: string, names: Record<string, string>, given: Given = {}) {
  const route = allRoutes.find(({ declaration }) => declaration.operation === operation);
  if (!route) throw new Error(`there is no ${operation}`);
  const { method, path } = route.declaration;
  const all = { ref: "latest", path: "model.pth", ...names } as Record<string, string>;
  const used = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = ""]) => name);
  const params = Object.fromEntries(
    used.map((name) => [name, name === "path" ? [all.path ?? ""] : (all[name] ?? "")]),
  );
  const body = given.form ?? (given.body === undefined ? undefined : JSON.stringify(given.body));
  const request = new Request(`http://localhost/api/v1${path}?${given.query ?? ""}`, {
    method,
    ...(body === undefined ? {} : { body }),
    ...(given.body === undefined ? {} : { headers: { "Content-Type": "application/json" } }),
  });
  const response = await route(request, {
    params: Promise.resolve(used.length === 0 ? undefined : params),
  });
  const isJson = response.headers.get("content-type")?.includes("json");
  if (!isJson) await response.body?.cancel();
  return { status: response.status, body: isJson ? await response.json() : null };
}

async function register(name: string, files: Record<string, Uint8Array>): Promise<void> {
  const form = new FormData();
  form.set("name", name);
  for (const [path, bytes] of Object.entries(files))
    form.append("file", new File([new Uint8Array(bytes)], path));
  expect((await call("register_model", {}, { form })).status).toBe(201);
}

const names = (name: string) => ({ ...NAMES, name });
const callAll = (operation: string, name: string) => {
  const { body, modelIn } = ROUTE_ROWS[operation] ?? {};
  const given = modelIn === "name" ? { ...(body as object), name } : body;
  return call(operation, names(name), given === undefined ? {} : { body: given });
};

const operations = allRoutes
  .map(({ declaration }) => declaration)
  .filter(({ permission }) => permission !== "public");

describe.each(operations.map(({ operation, permission }) => ({ operation, permission })))(
  "$operation",
  ({ operation, permission }) => {
    const rule = permission === "public" ? null : PERMISSIONS[permission];

    it("is refused to nobody's name", async () => {
      actor = anonymous(true);
      const { status, body } = await callAll(operation, "nothing");
      expect([status, body?.code]).toEqual([401, "unauthenticated"]);
    });

    it.each(ROLES)("asks a %s for the role of its permission", async (role) => {
      actor = userActor("somebody", { role });
      const isEnough = rule !== null && ROLES.indexOf(role) >= ROLES.indexOf(rule.role);
      const { status, body } = await callAll(operation, "nothing");
      if (isEnough) expect([401, 403, 500]).not.toContain(status);
      else expect([status, body?.code]).toEqual([403, "forbidden"]);
    });

    it("asks a token for its scope", async () => {
      if (rule !== null && rule.scope === null) return;
      const scopes = rule?.scope === "models:read" ? [] : (["models:read"] as const);
      actor = userActor("somebody", { role: "administrator", scopes });
      const { status, body } = await callAll(operation, "nothing");
      expect([status, body?.code]).toEqual([403, "forbidden"]);
    });
  },
);

const ofTheWhole = (permission: string) => {
  const rule = (PERMISSIONS as Record<string, object>)[permission];
  return rule !== undefined && "unconfined" in rule;
};

it.each(operations.filter(({ permission }) => ofTheWhole(permission)).map((one) => one.operation))(
  "%s concerns the whole registry, which a confined actor does not",
  async (operation) => {
    actor = CONFINED;
    const { status, body } = await callAll(operation, "mine-1");
    expect([status, body?.code]).toEqual([403, "forbidden"]);
  },
);

it("an underscore in what an actor is confined to is no wildcard", async () => {
  actor = userActor("narrow", { role: "administrator", models: ["mine_*", "%"] });
  expect((await call("list_models", {})).body).toMatchObject({ total: 0 });
  expect((await call("list_trash", {})).body).toMatchObject({ total: 0 });
  expect((await call("list_audit", {})).body).toMatchObject({ total: 0 });
  expect((await call("get_stats", {})).body).toMatchObject({ models: 0, newest: [] });
});

const ofModels = operations.filter(({ path }) => path.includes("{name}"));

it.each(ofModels.map(({ operation }) => operation))(
  "%s tells a hidden model from a missing one in nothing",
  async (operation) => {
    actor = CONFINED;
    const withoutName = async (name: string) => {
      const { status, body } = await callAll(operation, name);
      return { status, body: JSON.stringify({ ...body, request_id: "" }).replaceAll(name, "NAME") };
    };
    const hidden = await withoutName("theirs");
    expect(hidden).toEqual(await withoutName("absent"));
    expect(hidden.status).toBeGreaterThanOrEqual(400);
  },
);

const lists = operations.filter(
  ({ method, path, permission }) =>
    method === "GET" && !path.includes("{") && !ofTheWhole(permission),
);

it.each(lists.map(({ operation }) => operation).filter((name) => name !== "stream_events"))(
  "%s says nothing of a hidden model, and the same of the others",
  async (operation) => {
    const query = operation === "list_models" ? "facets=true" : "";
    const all = JSON.stringify((await call(operation, {}, { query })).body);
    actor = CONFINED;
    const seen = await call(operation, {}, { query });
    expect(seen.status).toBe(200);
    const text = JSON.stringify(seen.body);
    expect(text).not.toContain("theirs");
    if (all.includes("theirs")) expect(text).toContain("mine-1");
  },
);

it("counts, facets and totals are those of the visible models", async () => {
  actor = CONFINED;
  const list = (await call("list_models", {}, { query: "facets=true" })).body;
  expect(list).toMatchObject({ total: 1, facets: { framework: { pytorch: 1 } } });
  expect((await call("get_stats", {})).body).toMatchObject({ models: 1, versions: 1, blobs: 1 });
  actor = OPEN;
  expect((await call("list_models", {}, { query: "facets=true" })).body).toMatchObject({
    total: 2,
  });
  expect((await call("get_stats", {})).body).toMatchObject({ models: 2, blobs: 2 });
});

describe("bytes by their digest", () => {
  it("are offered to whoever may read a version that has them, and to nobody else", async () => {
    const ask = async (digest: string, size_bytes: number) =>
      (await call("create_upload", {}, { body: { digest, size_bytes } })).status;
    const { length } = Buffer.from("theirs alone");
    expect(await ask(secret, length)).toBe(200);
    actor = CONFINED;
    expect(await ask(secret, length)).toBe(201);
    const files = [{ path: "a", digest: secret }];
    const taken = await call("register_model", {}, { body: { name: "mine-2", files } });
    expect([taken.status, taken.body?.code]).toEqual([404, "blob_not_found"]);
  });

  it("are found by a search in the visible models only", async () => {
    const query = `query=${secret}`;
    expect((await call("list_models", {}, { query })).body).toMatchObject({ total: 1 });
    actor = CONFINED;
    expect((await call("list_models", {}, { query })).body).toMatchObject({ total: 0 });
  });
});

it("a name outside of what an actor is confined to is given to no model", async () => {
  actor = CONFINED;
  const files = [{ path: "a", digest: shared }];
  for (const name of ["theirs", "new"]) {
    const { status, body } = await call("register_model", {}, { body: { name, files } });
    expect([status, body?.code]).toEqual([403, "forbidden"]);
  }
  const mine = await call("register_model", {}, { body: { name: "mine-3", files } });
  expect(mine.status).toBe(201);
});
