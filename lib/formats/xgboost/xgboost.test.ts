import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  acceptedCuts,
  fileOf,
  refusalOf,
  survivesDamage,
} from "../../../tests/support/hostile-bytes.ts";
import { inspectFiles } from "../inspect/inspect.ts";

const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/readers/${name}`, import.meta.url));
const UBJSON = fixture("xgboost.ubj");
const read = (bytes: Uint8Array) => inspectFiles([fileOf("model.ubj", bytes)]);

test.each(["xgboost.ubj", "xgboost.json"])("%s says what it predicts", async (name) => {
  expect(await read(fixture(name))).toMatchObject({
    framework: "other",
    format: "xgboost",
    parameters: null,
    producer: {
      producer_name: "xgboost",
      xgboost_version: "3.2.0",
      xgboost_booster: "gbtree",
      xgboost_objective: "reg:squarederror",
      xgboost_features: "4",
    },
  });
});

describe("refuses", () => {
  /** `{"learner": {"a": value}}`, whose value goes on as `value` says. */
  const open = (value: string) =>
    Buffer.from(`{i\x07learner{i\x01a${value}`.replaceAll("~", "\xff"), "latin1");
  const many = "\x7f".padEnd(8, "\xff");
  const cases: [string, Uint8Array, RegExp][] = [
    ["a list longer than the file", open(`[$d#L${many}`), /out of range/],
    ["a list of 2^31 floats", open("[$d#l\x7f~~~"), /ends too early/],
    ["a negative count", open("[$d#i~"), /ends too early/],
    ["a negative length", open("Si~"), /ends too early|negative/],
    ["a text longer than the file", open("Sl\x7f~~~"), /ends too early/],
    ["a type without a count", open("[$di\x01"), /no count/],
    ["an unknown type", open("Q"), /unknown type/],
    ["deep nesting", open("[".repeat(9999)), /nested/],
    ["billions of nothing", open("[#l\x7f~~~Z"), /ends too early/],
    ["no version", open("Z}}"), /no version/],
    ["what follows the end", Buffer.concat([UBJSON, Buffer.from("{")]), /follows its end/],
    ["JSON that is cut short", fixture("xgboost.json").subarray(0, 1500), /without its version/],
  ];
  test.each(cases)("%s", async (_, bytes, sentence) => {
    const refusal = await refusalOf(() => read(bytes));
    expect(refusal).toMatch(/^invalid_model_file: model\.ubj cannot be read as XGBoost/);
    expect(refusal).toMatch(sentence);
  });

  test("every cut that still begins as one", async () => {
    expect((await acceptedCuts(UBJSON, read)).filter((length) => length > 18)).toEqual([]);
  });
});

test("nothing is repeated billions of times", async () => {
  const bytes = Buffer.from("{i\x07learner{i\x01a[$Z#l\x7f\xff\xff\xff}}", "latin1");
  expect(await refusalOf(() => read(bytes))).toMatch(/no version/);
});

test("damage leads to facts or to a clear refusal", () => survivesDamage(UBJSON, read, 100));
