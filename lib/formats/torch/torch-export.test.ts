import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fileOf, refusalOf, survivesDamage } from "../../../tests/support/hostile-bytes.ts";
import { zipOf } from "../fixtures/write-zip.ts";
import { inspectFiles } from "../inspect/inspect.ts";

const EXPORTED = readFileSync(new URL("../fixtures/readers/exported.pt2", import.meta.url));
const STATE = readFileSync(new URL("../fixtures/state_dict.pth", import.meta.url));
const text = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value));

const ints = (values: (number | bigint)[]) => values.map((value) => ({ as_int: Number(value) }));
const weight = (meta: object = {}, payload: object = {}) => ({
  path_name: "weight_0",
  is_param: true,
  use_pickle: false,
  tensor_meta: {
    dtype: 7,
    sizes: ints([2, 3]),
    strides: ints([3, 1]),
    storage_offset: { as_int: 0 },
    ...meta,
  },
  ...payload,
});
const archive = (config: object | string) =>
  zipOf([
    { name: "m/archive_format", bytes: text("pt2") },
    { name: "m/data/weights/weight_0", bytes: new Uint8Array(24) },
    {
      name: "m/data/weights/model_weights_config.json",
      bytes: text(typeof config === "string" ? config : { config }),
    },
  ]);
const read = (bytes: Uint8Array) => inspectFiles([fileOf("m.pt2", bytes)]);

test("an exported program has its parameters and lists its buffers", async () => {
  const facts = await read(EXPORTED);
  expect(facts).toMatchObject({ framework: "pytorch", format: "torch-zip", parameters: 49 });
  expect(facts.tensors.map(({ name, shape }) => `${name} ${shape}`)).toEqual([
    "l.weight 7,6",
    "l.bias 7",
    "b 3",
  ]);
});

test("an exported program says what wrote it, what it takes and what it gives", async () => {
  const facts = await read(EXPORTED);
  expect(facts.producer).toEqual({
    producer_name: "torch.export",
    torch_version: expect.stringMatching(/^2\.\d+\.\d+/),
  });
  expect(facts.signature).toEqual({
    inputs: [{ name: "x", dtype: "F32", shape: [2, 6] }],
    outputs: [{ name: "add", dtype: "F32", shape: [2, 7] }],
  });
});

describe("a program", () => {
  const program = (json: unknown) =>
    zipOf([
      { name: "m/archive_format", bytes: text("pt2") },
      { name: "m/models/model.json", bytes: text(json) },
    ]);
  const input = (arg: object) => ({ user_input: { arg } });
  const tensor = (name: string) => ({ as_tensor: { name } });

  test("has names for the sizes that callers choose", async () => {
    const sizes = [{ as_expr: { expr_str: "s0", hint: { as_int: 2 } } }, { as_int: 3 }, {}];
    const { signature } = await read(
      program({
        graph_module: {
          graph: { tensor_values: { x: { dtype: 13, sizes } } },
          signature: {
            input_specs: [input(tensor("x")), input(tensor("y")), input({ as_int: 1 })],
            output_specs: [],
          },
        },
      }),
    );
    expect(signature).toEqual({
      inputs: [
        { name: "x", dtype: "BF16", shape: ["s0", 3, null] },
        { name: "y", dtype: "UNKNOWN", shape: null },
      ],
      outputs: [],
    });
  });

  test.each([
    "{",
    "[]",
    { graph_module: { signature: { input_specs: {} } } },
    { graph_module: { signature: { input_specs: [null, 1, input(tensor("x")).user_input] } } },
    { torch_version: 5, graph_module: "x" },
  ])("that says nothing is no reason to refuse the file (%#)", async (json) => {
    const facts = await read(program(json));
    expect(facts).toMatchObject({ format: "torch-zip", signature: null });
    expect(facts.producer).toEqual({ producer_name: "torch.export" });
  });
});

test("tied weights count once, and types that nobody knows yet have their number", async () => {
  const facts = await read(archive({ a: weight(), b: weight(), c: weight({ dtype: 99 }) }));
  expect(facts.parameters).toBe(6);
  expect(facts.dtypes).toEqual({ F32: 12, TORCH_TYPE_99: 6 });
});

test("programs of before 2.8 keep their weights in a checkpoint inside", async () => {
  const spec = { buffer: { arg: { name: "b_x" }, buffer_name: "bn.running_mean" } };
  const program = { graph_module: { signature: { input_specs: [spec] } } };
  const facts = await read(
    zipOf([
      { name: "serialized_exported_program.json", bytes: text(program) },
      { name: "serialized_state_dict.pt", bytes: STATE },
      { name: "serialized_constants.pt", bytes: new Uint8Array(0) },
      { name: "version", bytes: text("5") },
    ]),
  );
  const whole = await inspectFiles([fileOf("m.pth", STATE)]);
  expect(facts).toMatchObject({ framework: "pytorch", dtypes: whole.dtypes });
  expect(facts.tensors).toHaveLength(whole.tensors.length);
});

describe("refuses", () => {
  const cases: [string, object | string, RegExp][] = [
    ["values that are cut short", { w: weight({ sizes: ints([2, 4]) }) }, /needs 28 bytes/],
    ["an offset past the end", { w: weight({ storage_offset: { as_int: 1 } }) }, /needs 28 bytes/],
    ["strides past the end", { w: weight({ strides: ints([2 ** 40, 1]) }) }, /and has 24/],
    ["negative strides", { w: weight({ strides: ints([-3, 1]) }) }, /no layout/],
    ["a size near 2^64", { w: weight({ sizes: ints([2n ** 63n, 3]) }) }, /no shape/],
    [
      "sizes that overflow",
      { w: weight({ sizes: ints([2 ** 50, 2 ** 50]), strides: ints([0, 0]) }) },
      /no shape/,
    ],
    ["65 dimensions", { w: weight({ sizes: ints(new Array(65).fill(1)) }) }, /no shape/],
    ["a weight that is not there", { w: weight({}, { path_name: "weight_1" }) }, /no values/],
    ["an unknown type of many", { w: weight({ dtype: 99, sizes: ints([400, 1]) }) }, /can hold/],
    ["a configuration that is no JSON", "{", /not JSON/],
    ["a configuration without its entries", "{}", /has no config/],
    ["deep nesting", `${"[".repeat(9999)}${"]".repeat(9999)}`, /nested/],
  ];
  test.each(cases)("%s", async (_, config, sentence) => {
    const refusal = await refusalOf(() => read(archive(config)));
    expect(refusal).toMatch(/^invalid_model_file: m\.pt2 cannot be read/);
    expect(refusal).toMatch(sentence);
  });
});

test("damage leads to facts or to a clear refusal", () => survivesDamage(EXPORTED, read, 60));
