import { expect, it } from "vitest";
import { tinyModel } from "../../tests/support/model-files.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { expectRefusals } from "../../tests/support/refusals.ts";
import { getModel, getModelFacts } from "./get-model.ts";
import { moveAlias } from "./move-alias.ts";
import { setStage } from "./set-stage.ts";
import { trashModel } from "./trash-model.ts";
import { trashVersion } from "./trash-version.ts";

const registry = modelRegistry();
const files = (seed: number) => ({ "model.safetensors": tinyModel(seed) });
const read = (name: string) => getModel(registry.ctx, { name });

it("gives a model by its name in any case, with the facts of its latest version", async () => {
  await registry.register("Net", files(1), { description: "text", tags: { a: "b" } });
  const { version } = await registry.register("net", files(2), { version: "2.0.0" });
  await registry.register("net", files(3), { version: "3.0.0-rc.1" });
  expect(await read("NET")).toMatchObject({
    name: "Net",
    description: "text",
    tags: { a: "b" },
    latest_version: "2.0.0",
    latest: { version: "2.0.0", digest: version.digest, number: 2 },
    version_count: 3,
    format: "safetensors",
    verdict: "clean",
    parameters: 4,
    size_bytes: version.size_bytes,
  });
});

it("gives the highest version of each stage, and the aliases that name a live version", async () => {
  for (const seed of [1, 2, 3]) await registry.register("used", files(seed));
  for (const ref of ["1.0.0", "1.0.1"])
    await setStage(registry.ctx, { name: "used", ref, stage: "production" });
  await setStage(registry.ctx, { name: "used", ref: "1.0.2", stage: "staging" });
  await moveAlias(registry.ctx, { name: "used", alias: "old", version: "1.0.0" });
  await moveAlias(registry.ctx, { name: "used", alias: "new", version: "1.0.2" });
  const model = await read("used");
  expect(model.stages).toEqual(["production", "staging"]);
  expect(model.stage_versions).toMatchObject([
    { stage: "production", version: "1.0.1" },
    { stage: "staging", version: "1.0.2" },
  ]);
  expect(model.aliases).toMatchObject([
    { alias: "new", version: "1.0.2", updated_by: "anonymous" },
    { alias: "old", version: "1.0.0" },
  ]);
  await trashVersion(registry.ctx, { name: "used", ref: "1.0.2" });
  const left = await read("used");
  expect(left).toMatchObject({ stages: ["production"], latest_version: "1.0.1" });
  expect(left.aliases).toMatchObject([{ alias: "old" }]);
});

it("counts bytes that versions share once in what is stored, and each time in what clients see", async () => {
  const { version } = await registry.register("shared", files(1));
  const size = version.size_bytes;
  await registry.register("shared", files(1));
  expect(await read("shared")).toMatchObject({ logical_bytes: 2 * size, stored_bytes: size });
  await registry.register("shared", files(2));
  expect(await read("shared")).toMatchObject({ logical_bytes: 3 * size, stored_bytes: 2 * size });
  await trashVersion(registry.ctx, { name: "shared", ref: "1.0.2" });
  expect(await read("shared")).toMatchObject({ logical_bytes: 2 * size, stored_bytes: size });
});

it("gives a model that has no version", async () => {
  await registry.register("empty");
  await trashVersion(registry.ctx, { name: "empty", ref: "1.0.0" });
  expect(await read("empty")).toMatchObject({
    latest: null,
    latest_version: null,
    version_count: 0,
    logical_bytes: 0,
    stored_bytes: 0,
  });
});

it("gives the facts without the aliases", async () => {
  await registry.register("facts");
  await moveAlias(registry.ctx, { name: "facts", alias: "champion", version: "latest" });
  const { aliases: _, ...facts } = await read("facts");
  expect(await getModelFacts(registry.ctx, { name: "FACTS" })).toEqual(facts);
});

it("finds no model in the trash", async () => {
  await registry.register("gone");
  await trashModel(registry.ctx, { name: "gone" });
  for (const get of [getModel, getModelFacts])
    await expect(get(registry.ctx, { name: "gone" })).rejects.toMatchObject({
      code: "model_not_found",
    });
});

it("takes a reader who sees the model", async () => {
  await registry.register("theirs");
  for (const get of [getModel, getModelFacts])
    await expectRefusals(registry, { least: "reader", hidden: "theirs" }, (ctx, name) =>
      get(ctx, { name }),
    );
});
