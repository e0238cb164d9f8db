import { beforeAll, expect, it } from "vitest";
import { safetensors } from "../../tests/support/model-files.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { expectRefusals } from "../../tests/support/refusals.ts";
import { type ListTensorsInput, listTensors } from "./list-tensors.ts";
import { trashModel } from "./trash-model.ts";

const registry = modelRegistry();
const list = (asked: Partial<ListTensorsInput> = {}) =>
  listTensors(registry.ctx, { name: "net", ref: "latest", limit: 200, ...asked });
const namesOf = async (asked: Partial<ListTensorsInput>) =>
  (await list(asked)).items.map(({ name }) => name);
const file = (...names: string[]) =>
  safetensors(
    Object.fromEntries(
      names.map((name) => [name, { dtype: "F16", shape: [2, 3], bytes: new Uint8Array(12) }]),
    ),
  );

beforeAll(async () => {
  await registry.register("Net", {
    "b.safetensors": file("head.Bias"),
    "a.safetensors": file("layer_1.weight", "layerx1.weight", "layer%1.bias"),
  });
});

it("gives a version's tensors in the order of its files", async () => {
  const { items, total, next_cursor } = await list({ name: "NET" });
  expect([total, next_cursor]).toEqual([4, null]);
  expect(items.map(({ file, position }) => [file, position])).toEqual([
    ["a.safetensors", 0],
    ["a.safetensors", 1],
    ["a.safetensors", 2],
    ["b.safetensors", 3],
  ]);
  expect(items[3]).toEqual({
    position: 3,
    name: "head.Bias",
    dtype: "F16",
    shape: [2, 3],
    size_bytes: 12,
    file: "b.safetensors",
    group: null,
  });
});

it("finds a part of the name in any case, and takes every character as it is", async () => {
  expect(await namesOf({ query: "BIAS" })).toEqual(["layer%1.bias", "head.Bias"]);
  expect(await namesOf({ query: "r_1" })).toEqual(["layer_1.weight"]);
  expect(await namesOf({ query: "%" })).toEqual(["layer%1.bias"]);
  expect(await list({ query: "nothing" })).toEqual({ items: [], total: 0, next_cursor: null });
});

it.each([1, 2, 3])("gives each tensor once in pages of %i", async (limit) => {
  const seen: number[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await list({ limit, ...(cursor ? { cursor } : {}) });
    seen.push(...page.items.map(({ position }) => position));
    if (page.next_cursor === null) break;
    cursor = page.next_cursor;
  }
  expect(seen).toEqual([0, 1, 2, 3]);
});

it("ends with a full page, and pages what a query finds", async () => {
  expect(await list({ limit: 4 })).toMatchObject({ next_cursor: null });
  const first = await list({ query: "bias", limit: 1 });
  expect(first).toMatchObject({ total: 2, items: [{ position: 2 }] });
  expect(await list({ query: "bias", limit: 1, cursor: first.next_cursor ?? "" })).toMatchObject({
    items: [{ position: 3 }],
    next_cursor: null,
  });
});

it("refuses what is not there, and a text that is no cursor of this list", async () => {
  await expect(list({ cursor: "x" })).rejects.toMatchObject({ code: "invalid_cursor" });
  await expect(list({ ref: "9.9.9" })).rejects.toMatchObject({ code: "version_not_found" });
  await registry.register("gone");
  await trashModel(registry.ctx, { name: "gone" });
  await expect(list({ name: "gone" })).rejects.toMatchObject({ code: "model_not_found" });
});

it("takes a reader who sees the model", async () => {
  await expectRefusals(registry, { least: "reader", hidden: "Net" }, (ctx, name) =>
    listTensors(ctx, { name, ref: "latest", limit: 1 }),
  );
});
