import { expect, it } from "vitest";
import { tinyModel } from "../../tests/support/model-files.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { expectRefusals } from "../../tests/support/refusals.ts";
import { getModelCard } from "./get-model-card.ts";
import { trashModel } from "./trash-model.ts";
import { trashVersion } from "./trash-version.ts";

const registry = modelRegistry();
const weights = { "model.safetensors": tinyModel() };
const read = (name: string, ref?: string) => getModelCard(registry.ctx, { name, ref });

it("gives the latest version's README.md, and what its front matter says", async () => {
  const front =
    "---\nlicense: mit\ntags: [a, b]\nlibrary_name: torch\npipeline_tag: fill-mask\n---\n";
  await registry.register("Net", { ...weights, "README.md": `${front}# Net\n` });
  expect(await read("NET")).toEqual({
    markdown: "# Net\n",
    source: "readme",
    withheld: null,
    license: "mit",
    tags: ["a", "b"],
    library_name: "torch",
    pipeline_tag: "fill-mask",
  });
});

it("gives another version's when a ref names it, whatever its author called the file", async () => {
  await registry.register("refs", { ...weights, "readme.md": "first" });
  await registry.register("refs", { ...weights, "README.MD": "second" });
  expect(await read("refs", "1.0.0")).toMatchObject({ markdown: "first" });
  expect(await read("refs")).toMatchObject({ markdown: "second" });
  await expect(read("refs", "9.9.9")).rejects.toMatchObject({ code: "version_not_found" });
  await expect(read("refs", "@nobody")).rejects.toMatchObject({ code: "alias_not_found" });
});

it("gives the description where there is no README.md, and where there is neither says so", async () => {
  await registry.register("described", weights, { description: "a *text*" });
  const none = { license: null, tags: [], library_name: null, pipeline_tag: null, withheld: null };
  expect(await read("described")).toEqual({
    markdown: "a *text*",
    source: "description",
    ...none,
  });
  await registry.register("bare", weights);
  expect(await read("bare")).toEqual({ markdown: "", source: "none", ...none });
});

it("leaves out a README.md in a folder, and one whose verdict withholds it", async () => {
  const files = { ...weights, "docs/README.md": "elsewhere" };
  await registry.register("folder", files);
  expect(await read("folder")).toMatchObject({ source: "none", withheld: null });
  await registry.register("bad", { ...weights, "README.md": "text" }, { description: "instead" });
  await registry.ctx.db.file.updateMany({
    where: { path: "README.md", version: { model: { name: "bad" } } },
    data: { verdict: "suspicious" },
  });
  expect(await read("bad")).toMatchObject({
    markdown: "instead",
    source: "description",
    withheld: "suspicious",
  });
});

it("cuts a README.md of more than a MiB", async () => {
  await registry.register("long", { "README.md": "x".repeat(1024 * 1024 + 1) });
  expect((await read("long")).markdown).toHaveLength(1024 * 1024);
});

it("gives the description of a model that has no version", async () => {
  await registry.register("empty", { "README.md": "of the version" }, { description: "text" });
  await trashVersion(registry.ctx, { name: "empty", ref: "1.0.0" });
  expect(await read("empty")).toMatchObject({ markdown: "text", source: "description" });
  await expect(read("empty", "latest")).rejects.toMatchObject({ code: "version_not_found" });
  await trashModel(registry.ctx, { name: "empty" });
  await expect(read("empty")).rejects.toMatchObject({ code: "model_not_found" });
});

it("takes a reader who sees the model", async () => {
  await registry.register("theirs", weights);
  await expectRefusals(registry, { least: "reader", hidden: "theirs" }, (ctx, name) =>
    getModelCard(ctx, { name }),
  );
});
