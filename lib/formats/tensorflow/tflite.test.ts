import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  acceptedCuts,
  fileOf,
  refusalOf,
  survivesDamage,
} from "../../../tests/support/hostile-bytes.ts";
import type { SignatureTensor } from "../contract.ts";
import { isTflite, readTflite } from "./tflite.ts";

// Converted by TensorFlow, with the answers of its interpreter: see fixtures/make_tflite_fixtures.py.
const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/tflite/${name}`, import.meta.url));
const read = (bytes: Uint8Array) => readTflite(fileOf("m.tflite", bytes));
type Described = Record<string, { dtype: string; shape: (number | null)[] } | null>;
type Expected = { inputs: Described; outputs: Described; tensors: Described; operators: string[] };
const EXPECTED: Record<string, Expected> = JSON.parse(fixture("expected.json").toString());

const byName = (ends: readonly SignatureTensor[] = []) =>
  Object.fromEntries(ends.map(({ name, dtype, shape }) => [name, { dtype, shape }]));

describe.each(Object.keys(EXPECTED))("%s.tflite", (name) => {
  const expected = EXPECTED[name] as Expected;

  test("takes and gives what TensorFlow's interpreter says", async () => {
    const { signature } = await read(fixture(`${name}.tflite`));
    expect(byName(signature?.inputs)).toEqual(expected.inputs);
    expect(byName(signature?.outputs)).toEqual(expected.outputs);
  });

  test("has the constants and operators that TensorFlow finds", async () => {
    const { tensors, producer } = await read(fixture(`${name}.tflite`));
    expect(tensors.map((tensor) => tensor.name).sort()).toEqual(
      Object.keys(expected.tensors).sort(),
    );
    // The interpreter tells of the main graph's tensors only.
    for (const tensor of tensors) {
      const known = expected.tensors[tensor.name];
      if (known) expect(tensor).toMatchObject(known);
    }
    for (const operator of expected.operators) expect(producer.operators).toContain(operator);
  });
});

test("parameters are the elements of the constants, and sizes are their bytes", async () => {
  const { parameters, tensors } = await read(fixture("signature.tflite"));
  // A convolution of 3 x 3 x 3 x 4 with its bias, dense layers of 4 x 2 and 4 x 1, two axes.
  expect(parameters).toBe(108 + 4 + 8 + 4 + 2);
  expect(tensors.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBe(504);
});

test("operators of TensorFlow's own are told", async () => {
  const { findings, producer } = await read(fixture("read_file.tflite"));
  expect(producer.operators).toBe("custom:FlexReadFile");
  expect(findings).toEqual([]);
});

test("another custom operator is told of, and is no harm by itself", async () => {
  const bytes = Buffer.from(fixture("read_file.tflite"));
  const at = bytes.indexOf("FlexReadFile");
  bytes.write("MaxUnpooling", at);
  const { findings } = await read(bytes);
  expect(findings).toMatchObject([{ severity: "info", code: "tflite_custom_operator" }]);
});

test("a file is told by its identifier", () => {
  expect(isTflite(fixture("int8.tflite"))).toBe(true);
  expect(isTflite(Buffer.from("PK\u0003\u0004"))).toBe(false);
});

test("a file that is cut is refused, or lacks nothing that was read", async () => {
  const whole = fixture("signature.tflite");
  expect(await acceptedCuts(whole.subarray(0, 400), read)).toEqual([]);
  expect(await refusalOf(() => read(whole.subarray(0, whole.length - 64)))).toMatch(
    /^invalid_model_file: m.tflite cannot be read as TensorFlow Lite model/,
  );
});

test("tables that all point to one text do not make a small file a large answer", async () => {
  // 4,000 tensors of one graph, each with the same name of 4,000 bytes.
  expect(await refusalOf(() => read(sharedNames(4000, 4000)))).toMatch(/again and again/);
});

test("random damage leads to facts or to a clear refusal", async () => {
  for (const name of ["int8", "branches"]) await survivesDamage(fixture(`${name}.tflite`), read);
});

/** One graph whose tensors are one table, many times over. */
function sharedNames(tensors: number, nameBytes: number): Buffer {
  const parts: Buffer[] = [];
  let size = 0;
  const add = (bytes: Buffer) => {
    const at = size;
    parts.push(bytes);
    size += bytes.length;
    return at;
  };
  const words = (...values: number[]) => {
    const bytes = Buffer.alloc(values.length * 4);
    values.forEach((value, at) => {
      bytes.writeInt32LE(value, at * 4);
    });
    return bytes;
  };
  const vtable = (...slots: number[]) => {
    const bytes = Buffer.alloc(4 + slots.length * 2);
    bytes.writeUInt16LE(bytes.length);
    slots.forEach((offset, at) => {
      bytes.writeUInt16LE(offset, 4 + at * 2);
    });
    return bytes;
  };
  add(Buffer.concat([words(0), Buffer.from("TFL3")]));
  // Model: graphs in slot 2. Graph: tensors in slot 0. Tensor: name in slot 3.
  const modelTypes = add(vtable(0, 0, 4, 0));
  const graphTypes = add(vtable(4, 0));
  const tensorTypes = add(vtable(0, 0, 0, 4));
  const model = add(words(size - modelTypes, 4));
  const graphs = add(words(1, 4));
  const graph = add(words(size - graphTypes, 4));
  const list = add(Buffer.alloc(4 + tensors * 4));
  const tensor = add(words(size - tensorTypes, 4));
  add(Buffer.concat([words(nameBytes), Buffer.alloc(nameBytes, 97)]));
  const bytes = Buffer.concat(parts);
  bytes.writeInt32LE(model, 0);
  bytes.writeInt32LE(tensors, list);
  for (let at = list + 4; at < list + 4 + tensors * 4; at += 4) bytes.writeInt32LE(tensor - at, at);
  expect([graphs, graph, list].every((at) => at > model)).toBe(true);
  return bytes;
}
