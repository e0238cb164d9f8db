import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  acceptedCuts,
  fileOf,
  refusalOf,
  sparseSource,
  survivesDamage,
} from "../../../tests/support/hostile-bytes.ts";
import { inspectFiles } from "../inspect/inspect.ts";
import { readLightgbm } from "./lightgbm.ts";

const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/lightgbm/${name}`, import.meta.url));
type Expected = {
  trees: number;
  features: string[];
  classes: number;
  objective: string;
  version: string;
};
const EXPECTED: Record<string, Expected> = JSON.parse(fixture("expected.json").toString());
const BINARY = fixture("binary.txt");
const read = (bytes: Uint8Array) => inspectFiles([fileOf("model.txt", bytes)]);

test.each(Object.keys(EXPECTED))("%s says what LightGBM says of it", async (name) => {
  const { trees, features, classes, objective, version } = EXPECTED[name] as Expected;
  expect(await read(fixture(name))).toMatchObject({
    format: "lightgbm",
    framework: "other",
    parameters: null,
    tensors: [],
    producer: {
      producer_name: "lightgbm",
      lightgbm_format: version,
      lightgbm_objective: objective,
      lightgbm_classes: String(classes),
      lightgbm_trees: String(trees),
      lightgbm_features: String(features.length),
      lightgbm_feature_names: features.join(", "),
    },
  });
});

test("lines that end as on Windows are the same model", async () => {
  // The sizes of the trees count other bytes then, so that LightGBM itself goes by the lines.
  const lines = BINARY.toString()
    .replace(/tree_sizes=.*\n/, "")
    .replaceAll("\n", "\r\n");
  expect((await read(Buffer.from(lines))).producer).toMatchObject({
    lightgbm_objective: "binary sigmoid:1",
    lightgbm_features: "4",
  });
});

test("a forest of 20 GB costs its first lines and its end", async () => {
  const tree = 19e9;
  const head = Buffer.from(
    `tree\nversion=v4\nnum_class=1\nobjective=regression\nfeature_names=a\ntree_sizes=${tree}\n\n`,
  );
  const end = { offset: head.length + tree, bytes: Buffer.from("end of trees\n") };
  const source = sparseSource(20e9, [{ offset: 0, bytes: head }, end]);
  const { producer } = await readLightgbm({ path: "model.txt", source });
  expect(producer).toMatchObject({ lightgbm_trees: "1" });
  expect(source.bytesRead()).toBeLessThan(1_000_000);
});

describe("refuses", () => {
  const HEAD = "tree\nversion=v4\nnum_class=1\n";
  test.each([
    [`${HEAD}`, /do not end/],
    [`${HEAD}\n`, /ends before its trees/],
    [`${HEAD}tree_sizes=5\n\nTree`, /cut short/],
    [`${HEAD}tree_sizes=x\n\nTree=0`, /cut short/],
    [`${HEAD}tree_sizes=-5\n\nTree=0`, /cut short/],
    [`${HEAD}tree_sizes=${"9".repeat(15)} ${"9".repeat(15)}\n\nTree=0`, /cut short/],
    [`${HEAD}tree_sizes=6\n\nTree=0\nsomething else\n`, /do not end where/],
    [`${HEAD}feature_names=${"a ".repeat(9_000_000)}\n\nTree=0`, /do not end/],
  ])("%#", async (text, sentence) => {
    expect(await refusalOf(() => read(Buffer.from(text)))).toMatch(sentence);
  });

  test("a model that is cut within its trees", async () => {
    const end = BINARY.indexOf("end of trees") + "end of trees".length;
    const start = BINARY.indexOf("num_class=") + "num_class=".length;
    const accepted = await acceptedCuts(BINARY.subarray(0, end), read);
    // What is cut before its third line is a text like any other.
    expect(accepted.filter((length) => length >= start)).toEqual([]);
  });
});

test("damage leads to facts or to a clear refusal", async () => {
  await survivesDamage(BINARY, read, 200);
});
