/** What MLflow's protocol promises of names, moves, tags and searches, beyond its own server's answers. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Actor } from "../../lib/access/actor.ts";
import { setProtection } from "../../lib/models/protection/manage-protections.ts";
import { rebuildRegistry } from "../../lib/models/rebuild-registry.ts";
import { renameRecords } from "../../lib/models/rename-records.ts";
import { provideServices } from "../../lib/server.ts";
import { identityOf, OPEN, userActor } from "../support/actors.ts";
import {
  bytesOf,
  create,
  createVersion,
  FILES,
  get,
  getVersion,
  MLMODEL,
  mlflow,
  register,
} from "../support/mlflow.ts";
import { modelRegistry } from "../support/model-registry.ts";

const registry = modelRegistry();
let actor: Actor = OPEN;
beforeAll(() => provideServices({ ...registry.services, identify: async () => identityOf(actor) }));
beforeEach(() => {
  actor = OPEN;
});

describe("names", () => {
  it("are kept as MLflow has them, and the model's own is derived", async () => {
    for (const name of ["Wire model ü", "Wire model u", "wire-model-u"]) await create(name);
    const rows = await registry.ctx.db.model.findMany({
      where: { nameKey: { startsWith: "wire-model-u" } },
      orderBy: { id: "asc" },
    });
    expect(rows.map(({ name, externalName }) => [name, externalName])).toEqual([
      ["wire-model-u", "Wire model ü"],
      ["wire-model-u-2", "Wire model u"],
    ]);
    expect((await get("wire-model-u")).status).toBe(404);
    expect((await create("WIRE MODEL Ü")).body.error_code).toBe("RESOURCE_ALREADY_EXISTS");
  });

  it.each([
    "日本語",
    "...",
    "a".repeat(256),
    "con",
    "-",
    "é".repeat(200),
    "name.",
    "a\tb".replace("\t", " "),
  ])("%s becomes a model of its own", async (name) => {
    expect((await create(name)).status).toBe(200);
    expect((await get(name)).body.registered_model.name).toBe(name);
  });

  it.each(["a/b", "a:b", "..", ".", " ", "a\u0000b", "a\u0007b", "x".repeat(257)])(
    "%j is none",
    async (name) => {
      expect((await create(name)).status).toBe(400);
    },
  );

  it("change for good: versions, aliases and records go along, and the old one is free", async () => {
    await register("before");
    await mlflow("POST", "/registered-models/alias", {
      name: "before",
      alias: "prod",
      version: "1",
    });
    await registry.writeRecords();
    const renamed = await mlflow("POST", "/registered-models/rename", {
      name: "before",
      new_name: "After it all",
    });
    expect(renamed.body.registered_model).toMatchObject({
      name: "After it all",
      aliases: [{ alias: "prod", version: "1" }],
    });
    expect((await get("before")).status).toBe(404);
    expect((await bytesOf("After it all", "1", "MLmodel")).status).toBe(200);
    for (const job of await registry.jobsOf("rename-records"))
      await renameRecords(registry.ctx, job as never, new AbortController().signal);
    expect((await create("before")).status).toBe(200);
    const keys: string[] = [];
    for await (const key of registry.ctx.storage.list("metadata/after-it-all/")) keys.push(key);
    expect(keys.sort()).toEqual([
      "metadata/after-it-all/1.0.0.json",
      "metadata/after-it-all/model.json",
    ]);
    for await (const key of registry.ctx.storage.list("metadata/before/"))
      expect(key).toBe("nothing");
  });

  it("do not rid a model of what protects it", async () => {
    await create("guarded");
    const protection = {
      pattern: "guard*",
      kind: "alias",
      target: "prod",
      approvals: 1,
      require_clean: false,
      require_same_tensors: false,
      rule: "",
    } as const;
    await setProtection(registry.ctx, protection);
    actor = userActor("owner", { role: "contributor", grants: new Map([["guarded", "owner"]]) });
    const away = await mlflow("POST", "/registered-models/rename", {
      name: "guarded",
      new_name: "free",
    });
    expect(away).toMatchObject({ status: 409, body: { error_code: "RESOURCE_CONFLICT" } });
    const within = await mlflow("POST", "/registered-models/rename", {
      name: "guarded",
      new_name: "guarded-2",
    });
    expect(within.status).toBe(200);
  });
});

describe("moves", () => {
  it("to a stage archive the others where they are asked to, each as a move of its own", async () => {
    await register("staged");
    for (const source of ["models:/staged/1", "models:/staged/1"])
      await createVersion("staged", source, { tags: [{ key: "n", value: source }] });
    const move = (version: string, archive: boolean) =>
      mlflow("POST", "/model-versions/transition-stage", {
        name: "staged",
        version,
        stage: "production",
        archive_existing_versions: archive,
      });
    await move("1", false);
    await move("2", false);
    expect((await move("3", true)).body.model_version.current_stage).toBe("Production");
    const stages = await Promise.all(
      ["1", "2", "3"].map(
        async (version) => (await getVersion("staged", version)).body.model_version.current_stage,
      ),
    );
    expect(stages).toEqual(["Archived", "Archived", "Production"]);
    const audit = (await registry.auditOf("staged")).filter(
      ({ action }) => action === "version.staged",
    );
    expect(audit).toHaveLength(5);
  });

  it("that are protected take what they require, as everywhere", async () => {
    await register("careful");
    await setProtection(registry.ctx, {
      pattern: "careful",
      kind: "stage",
      target: "production",
      approvals: 1,
      require_clean: false,
      require_same_tensors: false,
      rule: "",
    });
    const moved = await mlflow("POST", "/model-versions/transition-stage", {
      name: "careful",
      version: "1",
      stage: "Production",
    });
    expect(moved).toMatchObject({ status: 409, body: { error_code: "RESOURCE_CONFLICT" } });
    expect(moved.body.message).toMatch(/approval/);
  });
});

it("the semantic version is told where it was chosen or came from elsewhere, and cannot be changed", async () => {
  await registry.register("by-rest");
  expect((await getVersion("by-rest", "1")).body.model_version).toMatchObject({
    tags: [{ key: "registry.version", value: "1.0.0" }],
    source: "http://localhost/api/2.0/mlflow-artifacts/artifacts/registry-models/by-rest/1",
  });
  const set = await mlflow("POST", "/model-versions/set-tag", {
    name: "by-rest",
    version: "1",
    key: "registry.version",
    value: "9.9.9",
  });
  expect(set.status).toBe(400);
  const copied = await createVersion("by-rest", "models:/by-rest/1", {
    tags: [{ key: "registry.version", value: "3.0.0" }],
  });
  expect(copied.body.model_version).toMatchObject({
    version: "2",
    tags: [{ key: "registry.version", value: "3.0.0" }],
  });
  const found = await mlflow("GET", "/model-versions/search", {
    filter: "tags.`registry.version` = '3.0.0'",
  });
  expect(found.body.model_versions).toMatchObject([{ name: "by-rest", version: "2" }]);
});

it("tags that are set at once are all there", async () => {
  await create("tagged");
  const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
  await Promise.all(
    keys.map((key) =>
      mlflow("POST", "/registered-models/set-tag", { name: "tagged", key, value: key }),
    ),
  );
  expect((await get("tagged")).body.registered_model.tags).toHaveLength(20);
});

it("pages of a search are whole, in every order, whatever changes between them", async () => {
  for (let index = 0; index < 25; index += 1) await create(`paged-${index}`);
  for (const order of ["name DESC", "last_updated_timestamp DESC", "creation_timestamp"]) {
    const names: string[] = [];
    let token: string | undefined;
    do {
      const {
        body,
      }: { body: { registered_models: { name: string }[]; next_page_token?: string } } =
        await mlflow("GET", "/registered-models/search", {
          filter: "name LIKE 'paged-%'",
          max_results: 10,
          order_by: order,
          ...(token ? { page_token: token } : {}),
        });
      names.push(...body.registered_models.map(({ name }) => name));
      token = body.next_page_token;
    } while (token !== undefined);
    expect(new Set(names).size).toBe(25);
    expect(names).toHaveLength(25);
  }
});

it("the run of a model that its client names by the model alone is in its MLmodel", async () => {
  const run = "b".repeat(32);
  const { version } = await register("of-a-run", {
    ...FILES,
    MLmodel: `${MLMODEL}run_id: ${run}\n`,
  });
  expect(version.run_id).toBe(run);
  const filter = `run_id = '${run}'`;
  const { body } = await mlflow("GET", "/model-versions/search", { filter });
  expect(body.model_versions).toMatchObject([{ name: "of-a-run" }]);
  const odd = await register("of-no-run", { ...FILES, MLmodel: `${MLMODEL}run_id: ../b\n` });
  expect(odd.version.run_id).toBe("");
});

it("who takes the registry for a tracking server is told so", async () => {
  const { status, body } = await mlflow("GET", "/experiments/get-by-name", {
    experiment_name: "x",
  });
  expect([status, body.error_code]).toEqual([404, "ENDPOINT_NOT_FOUND"]);
  expect(body.message).toContain("mlflow.set_registry_uri");
});

it("a prompt is registered, and is no model to a search that does not ask for prompts", async () => {
  const tags = [{ key: "mlflow.prompt.is_prompt", value: "true" }];
  await mlflow("POST", "/registered-models/create", { name: "a-prompt", tags });
  const text = { key: "mlflow.prompt.text", value: "Say {{x}}. ".repeat(2000) };
  expect((await createVersion("a-prompt", "dummy-source", { tags: [...tags, text] })).status).toBe(
    200,
  );
  const search = async (filter: string) =>
    ((await mlflow("GET", "/registered-models/search", { filter })).body.registered_models ?? [])
      .length;
  expect(await search("name = 'a-prompt'")).toBe(0);
  expect(await search("name = 'a-prompt' AND tags.`mlflow.prompt.is_prompt` = 'true'")).toBe(1);
});

it("everything comes back from the records, names and sources too", async () => {
  await create("From elsewhere");
  await createVersion("From elsewhere", "s3://bucket/again", { run_id: "a".repeat(32) });
  await register("from-here");
  const before = [(await get("From elsewhere")).body, (await get("from-here")).body];
  await registry.writeRecords();
  await registry.loseDatabase();
  await rebuildRegistry(registry.ctx, { report: () => {}, onProgress: () => {} });
  expect([(await get("From elsewhere")).body, (await get("from-here")).body]).toEqual(before);
});
