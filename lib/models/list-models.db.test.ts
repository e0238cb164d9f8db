import { beforeAll, expect, it } from "vitest";
import { anonymous } from "#lib/access/actor.ts";
import { CONFINED, READER } from "../../tests/support/actors.ts";
import { manyTensors, tinyModel } from "../../tests/support/model-files.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { UNKNOWN } from "../../tests/support/verdict-files.ts";
import { listModels } from "./list-models.ts";
import { type ListModelsQuery, listModelsQuery } from "./request-schema.ts";
import { setStage } from "./set-stage.ts";
import { restoreModel, trashModel } from "./trash-model.ts";
import { updateModel } from "./update-model.ts";

const registry = modelRegistry();
type Asked = Partial<ListModelsQuery>;
const list = (asked: Asked = {}, ctx = registry.ctx) =>
  listModels(ctx, { ...listModelsQuery.parse({}), sort: "name", ...asked });
const namesOf = async (asked: Asked) => (await list(asked)).items.map(({ name }) => name);
let digest = "";

beforeAll(async () => {
  const bert = await registry.register(
    "Bert-Base",
    { "model.safetensors": tinyModel(1) },
    { description: "reads 100% of the text", tags: { team: "nlp", size: "base" } },
  );
  digest = bert.version.files[0]?.digest ?? "";
  await registry.register(
    "mine-bert",
    { "model.safetensors": manyTensors(9) },
    { tags: { team: "nlp" } },
  );
  await registry.register("resnet", { "w.dat": UNKNOWN }, { tags: { team: "vision" } });
  await registry.register("thrown");
  await trashModel(registry.ctx, { name: "thrown" });
  await setStage(registry.ctx, { name: "bert-base", ref: "1.0.0", stage: "production" });
  await updateModel(registry.ctx, { name: "resnet", owner: "ana" });
});

it("gives the live models, with the facts of the latest version and of those in a stage", async () => {
  const { items, total, next_cursor, facets } = await list();
  expect(items.map(({ name }) => name)).toEqual(["Bert-Base", "mine-bert", "resnet"]);
  expect([total, next_cursor, facets]).toEqual([3, null, undefined]);
  expect(items[0]).toMatchObject({
    latest_version: "1.0.0",
    stages: ["production"],
    stage_versions: [{ stage: "production", version: "1.0.0", verdict: "clean", parameters: 4 }],
  });
  expect(items[1]?.stage_versions).toEqual([]);
});

it.each<[Asked, string[]]>([
  [{ query: "BERT" }, ["Bert-Base", "mine-bert"]],
  [{ query: "100%" }, ["Bert-Base"]],
  [{ query: "10_%" }, []],
  [{ query: "nlp bert mine" }, ["mine-bert"]],
  [{ query: "ana" }, ["resnet"]],
  [{ framework: ["pytorch"] }, ["Bert-Base", "mine-bert"]],
  [{ framework: ["onnx"] }, []],
  [{ format: ["unknown", "safetensors"] }, ["Bert-Base", "mine-bert", "resnet"]],
  [{ stage: ["production"] }, ["Bert-Base"]],
  [{ verdict: ["suspicious"] }, ["resnet"]],
  [{ tag: ["team:nlp"] }, ["Bert-Base", "mine-bert"]],
  [{ tag: ["team:nlp", "size:base"] }, ["Bert-Base"]],
  [{ owner: "ana" }, ["resnet"]],
  [{ min_parameters: 5 }, ["mine-bert"]],
  [{ max_parameters: 4 }, ["Bert-Base"]],
])("finds by %j", async (asked, names) => {
  expect(await namesOf(asked)).toEqual(names);
  // Also when the total is known from before, which takes another way.
  expect(await namesOf(asked)).toEqual(names);
  expect(await list(asked)).toMatchObject({ total: names.length });
});

it("finds the models that have a file with a digest", async () => {
  expect(await namesOf({ query: digest })).toEqual(["Bert-Base"]);
  expect(await namesOf({ query: digest.slice(0, 15) })).toEqual(["Bert-Base"]);
});

it.each(["name", "updated_at", "size_bytes", "parameters", "downloads"] as const)(
  "pages by %s in both directions, each model once",
  async (sort) => {
    const seen = async (by: ListModelsQuery["sort"]) => {
      const names: string[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await list({ sort: by, limit: 1, ...(cursor ? { cursor } : {}) });
        expect(page.total).toBe(3);
        names.push(...page.items.map(({ name }) => name));
        if (page.next_cursor === null) return names;
        cursor = page.next_cursor;
      }
    };
    const upwards = await seen(sort);
    expect([...upwards].sort()).toEqual(["Bert-Base", "mine-bert", "resnet"]);
    expect(await seen(`-${sort}`)).toEqual(upwards.reverse());
  },
);

it("refuses a cursor of another sort, and any other text", async () => {
  const { next_cursor } = await list({ limit: 1 });
  for (const asked of [{ sort: "-name", cursor: next_cursor ?? "" }, { cursor: "x" }] as const)
    await expect(list(asked)).rejects.toMatchObject({ code: "invalid_cursor" });
});

it("counts facets under the other filters, but not under their own", async () => {
  const { facets } = await list({ facets: true, tag: ["team:nlp"], verdict: ["suspicious"] });
  expect(facets).toEqual({
    framework: {},
    format: {},
    stage: {},
    owner: {},
    verdict: { clean: 2 },
    tag: { "team:vision": 1 },
  });
});

it("counts again after a change", async () => {
  expect((await list({ facets: true })).facets?.verdict).toEqual({ clean: 2, suspicious: 1 });
  await restoreModel(registry.ctx, { name: "thrown" });
  expect(await list({ facets: true })).toMatchObject({
    total: 4,
    facets: { verdict: { clean: 3 } },
  });
  await trashModel(registry.ctx, { name: "thrown" });
  expect(await list({ facets: true })).toMatchObject({
    total: 3,
    facets: { verdict: { clean: 2 } },
  });
});

it("gives and counts only what the actor may see", async () => {
  const confined = registry.ctxFor(CONFINED);
  await list({ facets: true });
  const seen = await list({ facets: true }, confined);
  expect(seen.items.map(({ name }) => name)).toEqual(["mine-bert"]);
  expect(seen).toMatchObject({
    total: 1,
    facets: { tag: { "team:nlp": 1 }, verdict: { clean: 1 } },
  });
  expect(await list({ query: digest }, confined)).toMatchObject({ items: [], total: 0 });
  expect(await list({}, registry.ctxFor(READER))).toMatchObject({ total: 3 });
  await expect(list({}, registry.ctxFor(anonymous(true)))).rejects.toMatchObject({
    code: "unauthenticated",
  });
});
