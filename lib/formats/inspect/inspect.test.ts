import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fileOf, refusalOf, survivesDamage } from "../../../tests/support/hostile-bytes.ts";
import { safetensors } from "../../../tests/support/model-files.ts";
import type { SourceFile } from "../contract.ts";
import { unzippedFixture } from "../fixtures/unzipped.ts";
import { inspectFiles } from "./inspect.ts";

const weights = (names: string[], elements = 4, format?: string) =>
  safetensors(
    Object.fromEntries(
      names.map((name) => [
        name,
        { dtype: "F32", shape: [elements], bytes: new Uint8Array(elements * 4) },
      ]),
    ),
    format === undefined ? {} : { format },
  );
const json = (path: string, value: unknown) =>
  fileOf(path, new TextEncoder().encode(JSON.stringify(value)));
const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));

const index = (map: Record<string, string>) =>
  json("model.safetensors.index.json", { metadata: {}, weight_map: map });
const ONE = "model-00001-of-00002.safetensors";
const TWO = "model-00002-of-00002.safetensors";

describe("a sharded model", () => {
  const shards = [fileOf(ONE, weights(["a", "b"])), fileOf(TWO, weights(["c"]))];

  test("is the sum of its shards", async () => {
    const facts = await inspectFiles([index({ a: ONE, b: ONE, c: TWO }), ...shards]);
    expect(facts).toMatchObject({ format: "safetensors", parameters: 12, dtypes: { F32: 12 } });
    expect(facts.tensors.map(({ name, file }) => [name, file])).toEqual([
      ["a", ONE],
      ["b", ONE],
      ["c", TWO],
    ]);
  });

  test("does not count the same weights again in another layout", async () => {
    const copy = fileOf("consolidated.safetensors", weights(["x", "y", "z"]));
    const facts = await inspectFiles([index({ a: ONE, b: ONE, c: TWO }), ...shards, copy]);
    expect(facts.parameters).toBe(12);
  });

  test.each([
    [
      "a missing shard is named",
      { a: ONE, c: TWO },
      /shards model-00002-of-00002\.safetensors must/,
    ],
    [
      "a tensor that its shard lacks is named",
      { a: ONE, d: ONE },
      /d is in model-00001.* does not/,
    ],
    ["a shard in another folder is refused", { a: "../a.safetensors" }, /no file name/],
  ])("%s", async (_, map, sentence) => {
    const refusal = await refusalOf(() => inspectFiles([index(map), fileOf(ONE, weights(["a"]))]));
    expect(refusal).toMatch(/^invalid_model_file: model\.safetensors\.index\.json/);
    expect(refusal).toMatch(sentence);
  });
});

test("a variant of lower precision is not a second model; another folder is another part", async () => {
  const facts = await inspectFiles([
    fileOf("unet/model.safetensors", weights(["a", "b"], 8)),
    fileOf("unet/model.fp16.safetensors", weights(["a", "b"], 8)),
    fileOf("vae/model.safetensors", weights(["a", "b"], 8)),
  ]);
  expect(facts.parameters).toBe(32);
});

test("the format with the most bytes is the version's, and training's state is not the model", async () => {
  const optimizer = fileOf("optimizer.pt", fixture("state_dict.pth"));
  const facts = await inspectFiles([optimizer, fileOf("model.safetensors", weights(["a"], 1))]);
  expect(facts).toMatchObject({ format: "safetensors", parameters: 1 });
  expect(facts.files.map(({ format }) => format)).toEqual(["torch-zip", "safetensors"]);
});

test("config.json beside the weights says what the model is; another one does not", async () => {
  const config = {
    model_type: "bert",
    architectures: ["BertModel", "X"],
    torch_dtype: "float16",
    _name_or_path: "acme/bert",
    hidden_size: 3,
  };
  const model = fileOf("m/model.safetensors", weights(["a"], 1, "pt"));
  const { producer } = await inspectFiles([model, json("m/config.json", config)]);
  expect(producer).toEqual({
    model_type: "bert",
    architectures: "BertModel, X",
    torch_dtype: "float16",
    name_or_path: "acme/bert",
    format: "pt",
  });
  expect((await inspectFiles([model, json("config.json", config)])).producer).toEqual({
    format: "pt",
  });
});

test("a SavedModel as Keras 3 exports it counts each variable once", async () => {
  const files = await unzippedFixture("saved_model.zip");
  const facts = await inspectFiles(files);
  // Keras' own count_params().
  expect(facts).toMatchObject({ format: "saved-model", framework: "tensorflow", parameters: 31 });
  expect(facts.producer.tensorflow_version).toMatch(/^2\./);
});

test("ONNX with a sibling weights file is one model; without it, what is missing is named", async () => {
  const model = fileOf("external.onnx", fixture("external.onnx"));
  const data = fileOf("external.onnx.data", fixture("external.onnx.data"));
  const facts = await inspectFiles([data, model]);
  expect(facts).toMatchObject({ format: "onnx", parameters: 256 });
  expect(facts.files.map(({ format }) => format)).toEqual(["onnx", "onnx"]);
  expect(await refusalOf(() => inspectFiles([model]))).toMatch(/external\.onnx\.data, which must/);
});

test.each([
  ["state_dict.pth", "torch-zip", "pytorch"],
  ["legacy.pt", "torch-legacy", "pytorch"],
  ["scripted.pt", "torchscript", "pytorch"],
  ["sklearn.pkl", "pickle", "sklearn"],
])("%s is told by its bytes, whatever its name", async (name, format, framework) => {
  for (const path of [name, "model.safetensors", "model.onnx", "weights"]) {
    expect(await inspectFiles([fileOf(path, fixture(name))])).toMatchObject({ format, framework });
  }
});

test("bytes that nobody knows are of no framework", async () => {
  const noise = Uint8Array.from(
    { length: 4096 },
    (_, at) => (at * 7919 + (at >> 3) * 104_729) & 255,
  );
  for (const name of [
    "model.pth",
    "model.onnx",
    "model.safetensors",
    "saved_model.pb",
    "model.gguf",
  ]) {
    expect(await inspectFiles([fileOf(name, noise)])).toMatchObject({
      framework: "other",
      format: "unknown",
      parameters: null,
      tensors: [],
    });
  }
});

describe("empty files", () => {
  const empty = new Uint8Array(0);
  test("are refused when they are all there is", async () => {
    const files = [fileOf("a.txt", empty), fileOf("b.safetensors", empty)];
    expect(await refusalOf(() => inspectFiles(files))).toMatch(/^empty_file: a\.txt is empty/);
  });
  test("are kept among others, whatever their name", async () => {
    const names = ["pkg/__init__.py", ".gitkeep", "model.safetensors.lock", "b.safetensors"];
    const files = [
      fileOf("model.safetensors", weights(["a"])),
      ...names.map((name) => fileOf(name, empty)),
    ];
    const facts = await inspectFiles(files);
    expect(facts.parameters).toBe(4);
    expect(facts.files.map(({ format }) => format).slice(1)).toEqual(names.map(() => "unknown"));
  });
});

test("a zip that was cut is refused with its name", async () => {
  const bytes = fixture("state_dict.pth");
  for (const length of [40, bytes.length >> 1, bytes.length - 1]) {
    const cut = fileOf("model.pth", bytes.subarray(0, length));
    expect(await refusalOf(() => inspectFiles([cut]))).toMatch(/^invalid_model_file: .*model\.pth/);
  }
});

test("damage to any of the formats leads to facts or to a clear refusal", async () => {
  const names = ["state_dict.pth", "legacy.pt", "scripted.pt", "sklearn.pkl"];
  for (const bytes of [...names.map(fixture), weights(["a", "b"])]) {
    await survivesDamage(bytes, (damaged) => inspectFiles([fileOf("model", damaged)]), 60);
  }
  const map = new TextEncoder().encode(JSON.stringify({ weight_map: { a: ONE } }));
  const one: SourceFile = fileOf(ONE, weights(["a"]));
  await survivesDamage(map, (damaged) =>
    inspectFiles([fileOf("model.safetensors.index.json", damaged), one]),
  );
});
