import { beforeAll, expect, it } from "vitest";
import { manyTensors, safetensors, tinyModel } from "../../tests/support/model-files.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { expectRefusals } from "../../tests/support/refusals.ts";
import { LISTED_TENSORS_MAX } from "./compare-schema.ts";
import { compareVersions } from "./compare-versions.ts";

const registry = modelRegistry();
const compare = (from: string, to: string, toModel?: string) =>
  compareVersions(registry.ctx, { name: "net", from, to, toModel });
const weights = (shapes: Record<string, number[]>) =>
  safetensors(
    Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => {
        const bytes = new Uint8Array(4 * shape.reduce((product, size) => product * size, 1));
        return [name, { dtype: "F32", shape, bytes }];
      }),
    ),
  );

beforeAll(async () => {
  await registry.register(
    "Net",
    {
      "m.safetensors": weights({ gone: [1], kept: [2], grown: [2, 2] }),
      "a.txt": "a",
      "b.txt": "b",
      "README.md": "# Net\n\nold\n",
    },
    {
      tags: { team: "a", gone: "1" },
      metadata: { accuracy: 0.5, lr: 0.1, note: "x", same: { a: 1, b: 2 } },
    },
  );
  await registry.register(
    "Net",
    {
      "m.safetensors": weights({ kept: [2], grown: [2, 3], "added é": [1] }),
      "a.txt": "a",
      "c.txt": "c",
      "README.md": "# Net\n\nnew\n",
    },
    {
      tags: { team: "b" },
      metadata: { accuracy: 0.75, lr: 0.1, note: { text: "y" }, same: { b: 2, a: 1 }, more: null },
    },
  );
  await registry.register("other", { "m.safetensors": manyTensors(LISTED_TENSORS_MAX + 5) });
});

it("tells files, tensors and metadata that were added, removed or changed", async () => {
  const { from, to, files, tensors, metadata, signature } = await compare("1.0.0", "latest");
  expect([from.version, to.version, to.model]).toEqual(["1.0.0", "1.0.1", "Net"]);
  expect(files.added.map(({ path }) => path)).toEqual(["c.txt"]);
  expect(files.removed.map(({ path }) => path)).toEqual(["b.txt"]);
  expect(files.changed.map(({ path }) => path)).toEqual(["README.md", "m.safetensors"]);
  expect(files.unchanged).toBe(1);
  expect(tensors).toEqual({
    added: [{ name: "added é", dtype: "F32", shape: [1], size_bytes: 4 }],
    removed: [{ name: "gone", dtype: "F32", shape: [1], size_bytes: 4 }],
    changed: [
      {
        name: "grown",
        from: { dtype: "F32", shape: [2, 2], size_bytes: 16 },
        to: { dtype: "F32", shape: [2, 3], size_bytes: 24 },
      },
    ],
    counts: {
      ...{ added: 1, removed: 1, changed: 1, unchanged: 1 },
      ...{ reshaped: 1, retyped: 0, same_bytes: 0 },
    },
  });
  expect(metadata).toEqual({
    added: { more: null },
    removed: {},
    changed: {
      accuracy: { from: 0.5, to: 0.75, difference: 0.25 },
      note: { from: "x", to: { text: "y" }, difference: null },
    },
    unchanged: 2,
  });
  expect(signature).toMatchObject({ is_compatible: null, problems: [], verdict: "unknown" });
});

it("tells metrics, tags and the lines of the card", async () => {
  const { metrics, tags, card } = await compare("1.0.0", "latest");
  expect(metrics).toEqual([
    { key: "accuracy", from: 0.5, to: 0.75, difference: 0.25 },
    { key: "lr", from: 0.1, to: 0.1, difference: 0 },
    { key: "same.a", from: 1, to: 1, difference: 0 },
    { key: "same.b", from: 2, to: 2, difference: 0 },
  ]);
  expect(tags).toEqual({
    added: {},
    removed: { gone: "1" },
    changed: { team: { from: "a", to: "b" } },
    unchanged: 0,
  });
  expect(card).toEqual({
    state: "changed",
    diff: "@@ -1,3 +1,3 @@\n # Net\n \n-old\n+new",
    is_cut: false,
  });
  expect((await compare("1.0.0", "1.0.0")).card.state).toBe("same");
  expect((await compare("1.0.0", "latest", "other")).card).toMatchObject({ state: "removed" });
});

it("shows no line of a card that its verdict withholds", async () => {
  await registry.register("Bad", { "m.safetensors": tinyModel(9), "README.md": "secret" });
  await registry.ctx.db.file.updateMany({
    where: { path: "README.md", version: { model: { name: "Bad" } } },
    data: { verdict: "malicious" },
  });
  const { card } = await compare("1.0.0", "latest", "bad");
  expect(card).toEqual({ state: "withheld", diff: null, is_cut: false });
});

it("finds nothing between a version and itself", async () => {
  const { files, tensors, metadata } = await compare("1.0.0", "1.0.0");
  expect([files.unchanged, tensors.counts, metadata.unchanged]).toEqual([
    4,
    {
      ...{ added: 0, removed: 0, changed: 0, reshaped: 0, retyped: 0 },
      ...{ unchanged: 3, same_bytes: 3 },
    },
    4,
  ]);
});

it("compares versions of two models, and lists so many tensors and no more", async () => {
  const { to, tensors } = await compare("1.0.0", "latest", "OTHER");
  expect(to.model).toBe("other");
  expect(tensors.counts).toMatchObject({ added: LISTED_TENSORS_MAX + 5, removed: 3 });
  expect(tensors.added).toHaveLength(LISTED_TENSORS_MAX);
});

it("knows no version that is not there", async () => {
  await expect(compare("1.0.0", "9.9.9")).rejects.toMatchObject({ code: "version_not_found" });
  await expect(compare("@no", "1.0.0")).rejects.toMatchObject({ code: "alias_not_found" });
  await expect(compare("1.0.0", "1.0.0", "no")).rejects.toMatchObject({ code: "model_not_found" });
});

it("takes a reader who sees the model", async () => {
  await registry.register("hidden", { "m.safetensors": tinyModel(3) });
  await expectRefusals(registry, { least: "reader", hidden: "hidden" }, (ctx, name) =>
    compareVersions(ctx, { name, from: "latest", to: "latest" }),
  );
});
