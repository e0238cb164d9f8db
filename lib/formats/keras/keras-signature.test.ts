import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fileOf } from "../../../tests/support/hostile-bytes.ts";
import { readHdf5 } from "./hdf5.ts";
import { readKeras } from "./keras.ts";
import { kerasSignature } from "./keras-signature.ts";

// Saved by Keras, with what it says itself: see fixtures/make_keras_signature_fixtures.py.
const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/keras_signatures/${name}`, import.meta.url));
const EXPECTED: Record<string, unknown> = JSON.parse(fixture("expected.json").toString());

describe.each(Object.entries(EXPECTED))("the model %s", (name, expected) => {
  it("takes and gives what Keras says, by its .keras file", async () => {
    const { signature } = await readKeras(fileOf("m.keras", fixture(`${name}.keras`)));
    expect(signature).toEqual(expected);
  });

  it("takes and gives what Keras says, by its .h5 file, which has the version too", async () => {
    const facts = await readHdf5(fileOf("m.h5", fixture(`${name}.h5`)));
    expect(facts.signature).toEqual(expected);
    expect(facts.producer).toMatchObject({ keras_backend: "tensorflow" });
    expect(facts.producer.keras_version).toMatch(/^3\./);
  });
});

const model = (config: unknown, rest = {}) =>
  kerasSignature(JSON.stringify({ class_name: "Functional", config, ...rest }));
const layer = (className: string, name: string, config: object, inbound: unknown[] = []) => ({
  class_name: className,
  name,
  config: { name, ...config },
  inbound_nodes: inbound,
});

it("reads the configurations of Keras 2, where only the input's shape is written down", () => {
  const layers = [
    layer("InputLayer", "in", { batch_input_shape: [null, 7, 4], dtype: "float64" }),
    layer("Dense", "fc", { units: 9, dtype: "float32" }, [[["in", 0, 0, {}]]]),
    layer("ReLU", "out", { dtype: "float32" }, [[["fc", 0, 0, {}]]]),
  ];
  const ends = { input_layers: [["in", 0, 0]], output_layers: [["out", 0, 0]] };
  expect(model({ layers, ...ends })).toEqual({
    inputs: [{ name: "in", dtype: "F64", shape: [null, 7, 4] }],
    outputs: [{ name: "out", dtype: "F32", shape: [null, 7, 9] }],
  });
});

it("does not guess the shape of a layer that makes one of its own", () => {
  const layers = [
    layer("InputLayer", "in", { batch_shape: [null, 8, 8, 3], dtype: "float32" }),
    layer("Conv2D", "out", {}, [[["in", 0, 0, {}]]]),
  ];
  const ends = { input_layers: [["in", 0, 0]], output_layers: [["out", 0, 0]] };
  expect(model({ layers, ...ends })?.outputs).toEqual([
    { name: "out", dtype: "UNKNOWN", shape: null },
  ]);
});

it("knows of a class of its author's what it was built for", () => {
  expect(model({}, { build_config: { input_shape: [null, 4] } })).toEqual({
    inputs: [{ name: "0", dtype: "UNKNOWN", shape: [null, 4] }],
    outputs: [],
  });
});

it.each([
  ["no JSON", "{"],
  ["a list", "[]"],
  ["no configuration", "{}"],
  ["layers that are no layers", '{"config":{"layers":[1,null,"x",[]]}}'],
  [
    "ends that are no layers",
    '{"config":{"layers":[{}],"input_layers":[1],"output_layers":{"a":2}}}',
  ],
  ["deep JSON", "[".repeat(100_000)],
])("a text that is %s says nothing", (_what, text) => {
  expect(kerasSignature(text)).toBeNull();
});

it("comes to an end where layers follow each other in a circle", () => {
  const layers = [layer("ReLU", "a", {}, [[["b", 0, 0]]]), layer("ReLU", "b", {}, [[["a", 0, 0]]])];
  const ends = { input_layers: [], output_layers: [["a", 0, 0]] };
  expect(model({ layers, ...ends })?.outputs).toMatchObject([{ name: "a", shape: null }]);
});
