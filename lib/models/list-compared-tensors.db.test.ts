import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { blobKey } from "#lib/storage/layout.ts";
import { manyTensors, safetensors, tinyModel } from "../../tests/support/model-files.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { expectRefusals } from "../../tests/support/refusals.ts";
import { listComparedTensors } from "./list-compared-tensors.ts";

const registry = modelRegistry();
type Options = Partial<Parameters<typeof listComparedTensors>[1]>;
const list = (to: { model?: string; ref: string }[], options: Options = {}) =>
  listComparedTensors(registry.ctx, {
    ...{ name: "net", from: "1.0.0", limit: 200, differences: false, weights: false },
    ...options,
    to: to as never,
  });
const f32 = (...values: number[]) => ({
  dtype: "F32",
  shape: [values.length],
  bytes: new Uint8Array(Float32Array.from(values).buffer),
});
const bf16 = (...values: number[]) => ({
  dtype: "BF16",
  shape: [values.length],
  bytes: new Uint8Array(
    Uint16Array.from(new Uint32Array(Float32Array.from(values).buffer), (bits) => bits >>> 16)
      .buffer,
  ),
});
const files = (weights: Parameters<typeof safetensors>[0]) => ({
  "m.safetensors": safetensors(weights),
  "fixed.safetensors": safetensors({ embedding: f32(1, 2) }),
});

beforeAll(async () => {
  await registry.register(
    "Net",
    files({ a: f32(3, 4), b: f32(1, 2), c: f32(1), gone: f32(1), z_equal: f32(7) }),
  );
  await registry.register(
    "Net",
    files({ a: f32(3, 9), b: bf16(1, 2), c: f32(1, 2), fresh: f32(1), z_equal: f32(7) }),
  );
  await registry.register("Net", files({ a: f32(3, 4), z_equal: f32(7), last: f32(0) }));
});

it("pairs tensors of up to four versions by name, in the order of their names", async () => {
  const { from, to, items, total, next_cursor } = await list([{ ref: "1.0.1" }, { ref: "latest" }]);
  expect([from, to]).toEqual([
    { model: "Net", version: "1.0.0" },
    [
      { model: "Net", version: "1.0.1" },
      { model: "Net", version: "1.0.2" },
    ],
  ]);
  expect(items.map(({ name, to: sides }) => [name, ...sides.map(({ change }) => change)])).toEqual([
    ["a", "unchanged", "unchanged"],
    ["b", "retyped", "removed"],
    ["c", "reshaped", "removed"],
    ["embedding", "unchanged", "unchanged"],
    ["fresh", "added", "absent"],
    ["gone", "removed", "removed"],
    ["last", "absent", "added"],
    ["z_equal", "unchanged", "unchanged"],
  ]);
  expect([total, next_cursor]).toEqual([8, null]);
  expect(items[1]?.from).toEqual({ dtype: "F32", shape: [2], size_bytes: 8 });
  expect(items[1]?.to[0]?.tensor).toEqual({ dtype: "BF16", shape: [2], size_bytes: 4 });
  // A file that all have says it without a look at the values.
  expect(items[3]?.to.map(({ weights }) => weights?.state)).toEqual(["equal", "equal"]);
  expect(items[0]?.to[0]?.weights).toBeNull();
});

it("compares values when it is asked to, also of two types", async () => {
  const { items } = await list([{ ref: "1.0.1" }], { weights: true });
  const of = (name: string) => items.find((item) => item.name === name)?.to[0]?.weights;
  expect(of("a")).toEqual({
    ...{ state: "different", reason: null, changed_values: 1, not_finite: 0 },
    ...{ relative_difference: 1, max_absolute_difference: 5 },
  });
  expect(of("b")).toMatchObject({ state: "equal", relative_difference: 0 });
  expect(of("c")).toMatchObject({ state: "unmeasured", reason: "shape" });
  expect(of("z_equal")).toMatchObject({ state: "equal", changed_values: 0 });
  expect([of("gone"), of("fresh")]).toEqual([null, null]);
});

it("ends a page where an answer would read too much, and goes on behind it", async () => {
  const options = { weights: true, enoughBytes: 20 };
  const seen: string[] = [];
  const lengths: number[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await list([{ ref: "1.0.1" }], { ...options, cursor });
    seen.push(...page.items.map(({ name }) => name));
    lengths.push(page.items.length);
    if (page.next_cursor === null) break;
    cursor = page.next_cursor;
  }
  expect(seen).toEqual(["a", "b", "c", "embedding", "fresh", "gone", "z_equal"]);
  // Both sides of `a` have 16 bytes, those of `b` 12; what needs no read costs nothing.
  expect(lengths).toEqual([1, 6]);
});

it("lists what differs only, what a text is in, and page after page", async () => {
  const names = async (options: Options) =>
    (await list([{ ref: "1.0.1" }], options)).items.map(({ name }) => name);
  expect(await names({ differences: true })).toEqual(["a", "b", "c", "fresh", "gone", "z_equal"]);
  expect(await names({ query: "EQUAL" })).toEqual(["z_equal"]);
  expect(await names({ query: "%" })).toEqual([]);
  const first = await list([{ ref: "1.0.1" }], { limit: 3 });
  const cursor = first.next_cursor ?? "";
  const second = await list([{ ref: "1.0.1" }], { limit: 4, cursor });
  expect([first.total, second.total]).toEqual([7, 7]);
  expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(await names({}));
  expect(second.next_cursor).toBeNull();
  await expect(list([{ ref: "1.0.1" }], { cursor: "x" })).rejects.toMatchObject({
    code: "invalid_cursor",
  });
});

it("does so for ten thousand tensors of two models", async () => {
  await registry.register("Many", { "m.safetensors": manyTensors(10_000) });
  await registry.register("Many", {
    "m.safetensors": manyTensors(10_000),
    "other.safetensors": tinyModel(),
  });
  const page = await list([{ model: "many", ref: "1.0.0" }], { limit: 1000 });
  expect([page.total, page.items.length]).toEqual([10_006, 1000]);
  expect(page.next_cursor).not.toBeNull();
  const same = { name: "many", differences: true };
  expect((await list([{ ref: "1.0.1" }], same)).items.map(({ name }) => name)).toEqual(["weight"]);
});

it("reads no value of a file that is withheld, or damaged", async () => {
  const reasonOf = async (name: string) => {
    const { items } = await list([{ ref: "1.0.1" }], { name, weights: true });
    return items[0]?.to[0]?.weights?.reason;
  };
  for (const name of ["withheld", "damaged"]) {
    await registry.register(name, { "m.safetensors": tinyModel(name.length + 10) });
    await registry.register(name, { "m.safetensors": tinyModel(name.length + 20) });
  }
  await registry.ctx.db.file.updateMany({
    where: { version: { version: "1.0.1", model: { name: "withheld" } } },
    data: { verdict: "suspicious" },
  });
  expect(await reasonOf("withheld")).toBe("withheld");
  const { digest, sizeBytes } = await registry.ctx.db.file.findFirstOrThrow({
    where: { version: { version: "1.0.1", model: { name: "damaged" } } },
  });
  await writeFile(join(registry.folder, blobKey(digest)), Buffer.alloc(Number(sizeBytes)));
  expect(await reasonOf("damaged")).toBe("damaged");
});

it("says where nobody knows the place of a tensor", async () => {
  await registry.register("odd", { "m.safetensors": tinyModel(41) });
  await registry.register("odd", { "m.safetensors": tinyModel(42) });
  // The facts of another file, as of one that readers of a later version understand.
  await registry.ctx.db.tensor.updateMany({
    where: { version: { model: { name: "odd" } } },
    data: { name: "elsewhere" },
  });
  const { items } = await list([{ ref: "1.0.1" }], { name: "odd", weights: true });
  expect(items[0]?.to[0]?.weights).toMatchObject({ state: "unmeasured", reason: "format" });
});

it("stops when the client is gone", async () => {
  const signal = AbortSignal.abort(new Error("gone"));
  await expect(list([{ ref: "1.0.1" }], { weights: true, signal })).rejects.toThrow("gone");
});

it("takes a reader who sees all of the models", async () => {
  await registry.register("mine-net", { "m.safetensors": tinyModel(4) });
  await registry.register("hidden", { "m.safetensors": tinyModel(3) });
  const input = { from: "latest", limit: 10, differences: false, weights: true };
  await expectRefusals(registry, { least: "reader", hidden: "hidden" }, (ctx, name) =>
    listComparedTensors(ctx, { ...input, name, to: [{ model: undefined, ref: "latest" }] }),
  );
  await expectRefusals(registry, { least: "reader", hidden: "hidden" }, (ctx, model) =>
    listComparedTensors(ctx, { ...input, name: "mine-net", to: [{ model, ref: "latest" }] }),
  );
});
