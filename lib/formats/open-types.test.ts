import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fileOf } from "../../tests/support/hostile-bytes.ts";
import { safetensors } from "../../tests/support/model-files.ts";
import { inspectFiles } from "./inspect/inspect.ts";

const fixture = (name: string) =>
  readFileSync(new URL(`./fixtures/readers/${name}`, import.meta.url));

/** File, framework, parameters, and `name dtype shape bytes` of its first tensor. */
const rows: [string, string, number | null, string][] = [
  ["NVFP4.gguf", "gguf", 517, "a NVFP4 128,4 288"],
  ["Q1_0.gguf", "gguf", 1029, "a Q1_0 256,4 144"],
  ["big_endian.gguf", "gguf", 256, "a F32 32,8 1024"],
  ["float8_e4m3fnuz.safetensors", "safetensors", 24, "w F8_E4M3FNUZ 4,6 24"],
  ["float8_e5m2fnuz.safetensors", "safetensors", 24, "w F8_E5M2FNUZ 4,6 24"],
  ["complex32.pt", "pytorch", 26, "w complex32 4,6 96"],
  ["float4_e2m1fn_x2.pt", "pytorch", 26, "w float4_e2m1fn_x2 4,6 24"],
  ["bits8.pt", "pytorch", 26, "w bits8 4,6 24"],
  ["uint16.pt", "pytorch", 26, "w U16 4,6 48"],
  ["float8_e8m0fnu.pt", "pytorch", 26, "w F8_E8M0 4,6 24"],
  ["quint8.pt", "pytorch", 26, "w U8 4,6 24"],
  ["defaultdict.pt", "pytorch", 3, "a F32 3 12"],
  ["nested.pt", "pytorch", 18, "n F32 18 72"],
  ["frozen.pt", "pytorch", null, "constants.0 F32 4,4 64"],
];
test.each(rows)(
  "%s is a %s model, and its type has a name",
  async (name, framework, parameters, first) => {
    const facts = await inspectFiles([fileOf(name, fixture(name))]);
    expect(facts).toMatchObject({ framework, parameters });
    const [tensor] = facts.tensors;
    expect(`${tensor?.name} ${tensor?.dtype} ${tensor?.shape} ${tensor?.sizeBytes}`).toBe(first);
  },
);

test.each([
  ["e2m3.onnx", "F6_E2M3"],
  ["e3m2.onnx", "F6_E3M2"],
])("%s has a tensor of 12 values in 9 bytes", async (name, dtype) => {
  const facts = await inspectFiles([fileOf(name, fixture(name))]);
  expect(facts.parameters).toBe(24);
  expect(facts.tensors).toContainEqual(
    expect.objectContaining({ name: "Q", dtype, shape: [3, 4], sizeBytes: 9 }),
  );
});

test("the byte order of a GGUF file is a fact", async () => {
  const facts = await inspectFiles([fileOf("m.gguf", fixture("big_endian.gguf"))]);
  expect(facts.producer).toMatchObject({ gguf_version: "3", byteorder: "big" });
});

test("all constants of a frozen module are listed", async () => {
  const { tensors, dtypes } = await inspectFiles([fileOf("f.pt", fixture("frozen.pt"))]);
  expect(tensors.map(({ name }) => name)).toEqual(["constants.0", "constants.1"]);
  expect(dtypes).toEqual({ F32: 20 });
});

test("a type of GGUF that nobody knows yet takes what is up to the next tensor", async () => {
  const bytes = Buffer.from(fixture("Q1_0.gguf"));
  // The first 41 after the tensor's two dimensions is its type.
  const at = bytes.indexOf(Buffer.from([41, 0, 0, 0]));
  bytes[at] = 99;
  const { tensors, parameters } = await inspectFiles([fileOf("m.gguf", bytes)]);
  expect(tensors).toMatchObject([
    { name: "a", dtype: "GGML_TYPE_99", sizeBytes: 160 },
    { name: "n", dtype: "F32", sizeBytes: 20 },
  ]);
  expect(parameters).toBe(1029);
});

test("a type of safetensors that nobody knows yet takes its own offsets", async () => {
  const bytes = safetensors({ w: { dtype: "F3_E1M1", shape: [8], bytes: new Uint8Array(3) } });
  const facts = await inspectFiles([fileOf("m.safetensors", bytes)]);
  expect(facts).toMatchObject({ parameters: 8, dtypes: { F3_E1M1: 8 } });
  expect(facts.tensors).toMatchObject([{ dtype: "F3_E1M1", sizeBytes: 3 }]);
});
