/**
 * Every call of MLflow's protocol against every kind of credential: nobody may by it what he may not by our own API. What is
 * expected is computed from the policy's table.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { Call } from "../../lib/protocols/mlflow/call.ts";
import { MLFLOW_CALLS } from "../../lib/protocols/mlflow/tables.ts";
import { provideServices } from "../../lib/server.ts";
import { PASSWORD } from "../support/accounts.ts";
import { expectedAnswer, HOLDERS, Holders } from "../support/holders.ts";
import { ask, mlflow } from "../support/mlflow.ts";
import { modelRegistry } from "../support/model-registry.ts";

const registry = modelRegistry({ MODEL_REGISTRY_API__AUTH_REQUIRED: "true" });
const holders = new Holders(registry);

beforeAll(async () => {
  provideServices(registry.services);
  await holders.make();
});

const ID = "01234567-89ab-4cde-8f01-23456789abcd";
const of = (model: string) => ({ name: model, version: "1" });
const ELSEWHERE = "s3://bucket/model";

/** What each call is sent, for a model or without one. A call without a row here fails. */
const GIVEN: Record<string, ((model: string) => Record<string, unknown>) | null> = {
  create_model: null,
  rename_model: (name) => ({ name, new_name: `${name}-renamed` }),
  update_model: (name) => ({ name, description: "x" }),
  delete_model: (name) => ({ name }),
  get_model: (name) => ({ name }),
  search_models: null,
  post_latest_versions: (name) => ({ name }),
  get_latest_versions: (name) => ({ name }),
  set_model_tag: (name) => ({ name, key: "k", value: "v" }),
  delete_model_tag: (name) => ({ name, key: "k" }),
  set_alias: (name) => ({ ...of(name), alias: "prod" }),
  delete_alias: (name) => ({ name, alias: "prod" }),
  get_by_alias: (name) => ({ name, alias: "prod" }),
  create_version: (name) => ({ name, source: ELSEWHERE }),
  get_version: of,
  update_version: (name) => ({ ...of(name), description: "x" }),
  transition_stage: (name) => ({ ...of(name), stage: "Archived" }),
  delete_version: of,
  search_versions: null,
  get_download_uri: of,
  set_version_tag: (name) => ({ ...of(name), key: "k", value: "v" }),
  delete_version_tag: (name) => ({ ...of(name), key: "k" }),
  list_artifacts: (name) => ({ path: `registry-models/${name}/1` }),
  download_artifact: (name) => ({ at: `registry-models/${name}/1/model.safetensors` }),
  put_artifact: null,
  delete_artifact: null,
  create_multipart: null,
  complete_multipart: null,
  abort_multipart: null,
  put_multipart_part: null,
  presign_download: (name) => ({ at: `registry-models/${name}/1/model.safetensors` }),
  download_run_artifact: null,
  download_version_artifact: (name) => ({ ...of(name), path: "model.safetensors" }),
  server_info: null,
  version: null,
  health: null,
};
const WITHOUT_MODEL: Record<string, Record<string, unknown>> = {
  create_multipart: { path: "/home/x/a.bin", num_parts: 1 },
  complete_multipart: { path: "a.bin", upload_id: ID, parts: [] },
  abort_multipart: { path: "a.bin", upload_id: ID },
  download_run_artifact: { run_id: "0".repeat(32), path: "a" },
};

/** Pages of MLflow ask for the same calls below another prefix. */
const calls = MLFLOW_CALLS.filter(({ prefix }) => !prefix.startsWith("/ajax-api")).flatMap(
  ({ prefix, calls: all }) =>
    all.map((call) => ({ at: `${call.method} ${prefix}${call.path}`, prefix, call })),
);
const nameOf = ({ operation }: Call) => operation.replace("mlflow_", "");
let made = 0;

async function send(prefix: string, call: Call, kind: string, model: string): Promise<string> {
  const token = holders.tokenOf(kind);
  const authorization = token === undefined ? undefined : `Bearer ${token}`;
  const name = nameOf(call);
  made += 1;
  const given =
    name === "create_model"
      ? { name: `made-${made}` }
      : (GIVEN[name]?.(model) ?? WITHOUT_MODEL[name] ?? {});
  const { at = "x/a.bin", ...rest } = given as { at?: string };
  const path = prefix + call.path.replace("{path}", at).replace("{id}", ID).replace("{part}", "1");
  const isRaw = call.method === "PUT";
  const query = new URLSearchParams(rest as Record<string, string>).toString();
  const sent = isRaw
    ? { body: new Uint8Array(Buffer.from("bytes")) }
    : call.method === "GET"
      ? { query }
      : { body: JSON.stringify(rest) };
  const { status, body } = await ask(call.method, path, { authorization, ...sent });
  const code = body?.error_code;
  const isHidden =
    code === "RESOURCE_DOES_NOT_EXIST" && /Registered Model|There is no model/.test(body.message);
  const isHiddenVersion = code === "RESOURCE_DOES_NOT_EXIST" && /^Model Version/.test(body.message);
  if ([401, 403].includes(status) || status >= 500) return `${status} ${WORDS[code] ?? code}`;
  return isHidden || isHiddenVersion ? "404 model_not_found" : "allowed";
}

const WORDS: Record<string, string> = {
  UNAUTHENTICATED: "unauthenticated",
  PERMISSION_DENIED: "forbidden",
};

it("the pages' calls are the same ones", () => {
  for (const { prefix, calls: all } of MLFLOW_CALLS) {
    if (!prefix.startsWith("/ajax-api")) continue;
    const own = MLFLOW_CALLS.find((other) => other.prefix === prefix.replace("/ajax-api", "/api"));
    expect(own?.calls).toBe(all);
  }
});

it("every call has a row", () => {
  expect([...new Set(calls.map(({ call }) => nameOf(call)))].sort()).toEqual(
    Object.keys(GIVEN).sort(),
  );
});

describe.each(calls)("$at", ({ prefix, call }) => {
  const name = nameOf(call);
  it.each(["private", "public"] as const)("of a %s model", async (visibility) => {
    const isOfOneModel = GIVEN[name] !== null;
    // What is public is read by everybody who may read at all.
    if (visibility === "public" && (!isOfOneModel || call.method === "GET")) return;
    const shared = await holders.makeModel(visibility);
    const said: Record<string, string> = {};
    const wanted: Record<string, string> = {};
    for (const [kind, holder] of Object.entries(HOLDERS)) {
      // A registration under a hidden name is told of a model that is not there: MLflow's clients create it first.
      const answer = expectedAnswer(call.permission, holder, visibility, {
        isOfOneModel,
        isRegistration: false,
      });
      const hidden = answer.startsWith("404") ? "404 model_not_found" : answer;
      // What is done to a model by whoever may is done to one of its own.
      const isChange = call.method !== "GET" && answer === "allowed" && isOfOneModel;
      const model = isChange ? await holders.makeModel(visibility) : shared;
      said[kind] = await send(prefix, call, kind, model);
      wanted[kind] = name === "create_model" ? forNewName(hidden, holder) : hidden;
    }
    expect(said).toEqual(wanted);
    // Nobody is left who owns a model by having made it.
    await registry.ctx.db.model.deleteMany({ where: { name: { startsWith: "made-" } } });
    registry.services.accounts.forget();
  });
});

/** A new name takes the role, whatever grants there are on models. */
function forNewName(answer: string, holder: (typeof HOLDERS)[string]): string {
  return answer === "allowed" && holder?.role === "reader" ? "403 forbidden" : answer;
}

describe("a name and a password", () => {
  const basic = (name: string, password: string) =>
    `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
  const create = (authorization: string, name: string) =>
    mlflow("POST", "/registered-models/create", { name }, { authorization });

  it("are taken as those of the account, and are proven once", async () => {
    const before = await registry.ctx.db.apiToken.count({ where: { kind: "family" } });
    const authorization = basic("contributor", PASSWORD);
    const answers = await Promise.all(
      ["a", "b", "c"].map((name) => create(authorization, `basic-${name}`)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const [entry] = await registry.auditOf("basic-a");
    expect(entry).toMatchObject({ actor: "contributor" });
    expect(await registry.ctx.db.apiToken.count({ where: { kind: "family" } })).toBe(before + 1);
  });

  it("stand for no more than the account may, and never for what is not about models", async () => {
    expect(await create(basic("reader", PASSWORD), "by-reader")).toMatchObject({ status: 403 });
  });

  it("may be a token instead of the password", async () => {
    const token = holders.tokenOf("contributor") ?? "";
    expect(await create(basic("anybody", token), "by-token")).toMatchObject({ status: 200 });
    const revoked = basic("anybody", holders.tokenOf("revoked") ?? "");
    expect(await create(revoked, "by-revoked")).toMatchObject({ status: 401 });
  });

  it("are asked for again when their session is ended", async () => {
    const authorization = basic("maintainer", PASSWORD);
    expect(await create(authorization, "before-end")).toMatchObject({ status: 200 });
    await registry.ctx.db.apiToken.updateMany({
      where: { kind: "family" },
      data: { revokedAt: new Date() },
    });
    registry.services.accounts.forget();
    expect(await create(authorization, "after-end")).toMatchObject({ status: 200 });
  });

  it("that are wrong are refused alike, and counted", async () => {
    const answers = [
      await create(basic("contributor", "wrong"), "x"),
      await create(basic("nobody", "wrong"), "x"),
      await create("Basic !!", "x"),
      await create("Basic bm8tY29sb24=", "x"),
      await create(basic("contributor", "x".repeat(10_000)), "x"),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(401);
      expect(body).toEqual({
        error_code: "UNAUTHENTICATED",
        message: "The name or the password is wrong.",
      });
    }
    let status = 401;
    for (let attempt = 0; attempt < 30 && status === 401; attempt += 1)
      ({ status } = await create(basic("contributor", `wrong ${attempt}`), "x"));
    expect(status).toBe(429);
  });
});
