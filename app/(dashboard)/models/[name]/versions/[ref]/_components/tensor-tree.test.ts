import { describe, expect, it } from "vitest";
import type { TensorWire } from "#lib/models/schema.ts";
import { growthOf, LINEAR_GROWTH } from "../../../../../../../tests/support/cost.ts";
import { buildTensorTree, formatShape, listTensorRows } from "./tensor-tree.ts";

const tensors = (...names: string[]): TensorWire[] =>
  names.map((name, position) => ({
    position,
    name,
    dtype: "F32",
    shape: [2, 3],
    size_bytes: 24,
    group: null,
    file: "model.safetensors",
  }));

const outline = (list: TensorWire[], isOpen = (_path: string, _depth: number) => true) =>
  listTensorRows(buildTensorTree(list), isOpen).map((row) =>
    row.kind === "group"
      ? `${"  ".repeat(row.depth)}${row.group.label} (${row.group.count}, ${row.group.sizeBytes})`
      : `${"  ".repeat(row.depth)}${row.label}`,
  );

describe("the tensor tree", () => {
  it("groups by prefix, with counts and bytes", () => {
    expect(outline(tensors("a.w", "a.b", "c.w", "c.d.w", "c.d.b"))).toEqual([
      "a. (2, 48)",
      "  w",
      "  b",
      "c. (3, 72)",
      "  d. (2, 48)",
      "    w",
      "    b",
      "  w",
    ]);
  });
  it("joins prefixes that do not branch, and shows a lone tensor by its whole name", () => {
    expect(outline(tensors("model.encoder.0.w", "model.encoder.0.b", "head.out.w"))).toEqual([
      "model.encoder.0. (2, 48)",
      "  w",
      "  b",
      "head.out.w",
    ]);
  });
  it("keeps every tensor exactly once, also with equal, empty and odd names", () => {
    const names = [
      "",
      ".",
      "..",
      "a",
      "a",
      "a.",
      "a.b",
      "a/b",
      "x..y",
      "/",
      "a.b.c",
      "__proto__.x",
    ];
    const rows = listTensorRows(buildTensorTree(tensors(...names)), () => true);
    const seen = rows.flatMap((row) => (row.kind === "tensor" ? [row.tensor.position] : []));
    expect(seen.sort((a, b) => a - b)).toEqual(names.map((_, index) => index));
  });
  it("tells `a.b` and `a/b` apart", () => {
    expect(outline(tensors("a.b", "a.c", "a/b", "a/c"))).toEqual([
      "a. (2, 48)",
      "  b",
      "  c",
      "a/ (2, 48)",
      "  b",
      "  c",
    ]);
  });
  it("hides what is in a closed group", () => {
    expect(outline(tensors("a.w", "a.b", "c"), () => false)).toEqual(["a. (2, 48)", "c"]);
  });
  it("survives names with thousands of parts", () => {
    const deep = Array.from({ length: 2000 }, () => "x").join(".");
    const rows = outline(tensors(`${deep}.a`, `${deep}.b`));
    expect(rows).toHaveLength(3);
  });
  it("builds tens of thousands of tensors in linear time", async () => {
    const names = Array.from(
      { length: 40_000 },
      (_, index) => `model.layers.${Math.floor(index / 10)}.mlp.${index % 10}.weight`,
    );
    const all = tensors(...names);
    const build = (scale: number) =>
      listTensorRows(buildTensorTree(all.slice(0, all.length * scale)), () => true);
    expect(build(1).length).toBeGreaterThan(40_000);
    expect(await growthOf(build)).toBeLessThan(LINEAR_GROWTH);
  });
});

describe("a shape", () => {
  it("reads as dimensions, open ones as a question mark", () => {
    expect(formatShape([768, -1], "scalar")).toBe("768 × ?");
    expect(formatShape([], "scalar")).toBe("scalar");
  });
});
