import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fileOf, refusalOf, survivesDamage } from "../../../tests/support/hostile-bytes.ts";
import type { SourceFile } from "../contract.ts";
import { unzippedFixture } from "../fixtures/unzipped.ts";
import { inspectFiles } from "../inspect/inspect.ts";
import { isCoreml, readCoreml } from "./coreml.ts";

const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/coreml/${name}`, import.meta.url));
type End = { name: string; kind: string; dtype?: string; shape?: (number | null)[] };
type Expected = { version: number; type: string; inputs: End[]; outputs: End[] };
const EXPECTED: Record<string, Expected> = JSON.parse(fixture("expected.json").toString());

const DTYPES: Record<string, string> = { FLOAT32: "F32", DOUBLE: "F64", INT32: "I32" };
/** What coremltools says, in our words. */
const told = ({ name, kind, dtype = "", shape = [] }: End) => {
  if (kind === "int64Type") return { name, dtype: "I64", shape: [] };
  if (kind === "imageType") return { name, dtype: "IMAGE_RGB", shape };
  return { name, dtype: DTYPES[dtype], shape: shape.length === 0 ? null : shape };
};
const filesOf = async (name: string): Promise<SourceFile[]> =>
  name.endsWith(".mlpackage")
    ? unzippedFixture(`coreml/${name}.zip`)
    : [fileOf(name, fixture(name))];
const read = (bytes: Uint8Array) => readCoreml(fileOf("m.mlmodel", bytes), new Map());

describe("what coremltools has written", () => {
  test.each(Object.keys(EXPECTED))("%s is read as coremltools reads it", async (name) => {
    const { version, type, inputs, outputs } = EXPECTED[name] as Expected;
    const facts = await inspectFiles(await filesOf(name));
    expect(facts).toMatchObject({ format: "coreml", framework: "other", parameters: null });
    expect(facts.producer).toMatchObject({
      coreml_specification: String(version),
      coreml_type: type,
    });
    expect(facts.signature).toEqual({ inputs: inputs.map(told), outputs: outputs.map(told) });
  });

  test("says who made it, and from what", async () => {
    const { producer } = await inspectFiles(await filesOf("linear.mlpackage"));
    expect(producer).toMatchObject({
      coreml_description: "A linear layer",
      coreml_author: "Somebody",
      coreml_license: "MIT",
      coreml_version: "2",
      "coremltools.version": "9.0",
      "coremltools.source": "milinternal",
    });
  });

  test("a package's weights are a part of the model; without them it is refused", async () => {
    const files = await filesOf("linear.mlpackage");
    const { files: inspected } = await inspectFiles(files);
    expect(inspected.map(({ file, format }) => [file.path.split("/").at(-1), format])).toEqual([
      ["model.mlmodel", "coreml"],
      ["weight.bin", "coreml"],
      ["Manifest.json", "unknown"],
    ]);
    const without = files.filter(({ path }) => !path.endsWith("weight.bin"));
    expect(await refusalOf(() => inspectFiles(without))).toMatch(
      /^invalid_model_file: .*its package has com\.apple\.CoreML\/weights, which must be uploaded/,
    );
  });
});

/** A length-delimited field; its number is below 2,048. */
function field(number: number, ...parts: (Buffer | string)[]): Buffer {
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const tag = (number << 3) | 2;
  const length = [bytes.length & 127, bytes.length >> 7];
  return Buffer.concat([
    Buffer.from(tag < 128 ? [tag] : [(tag & 127) | 128, tag >> 7]),
    Buffer.from(
      length[1] === 0 ? [length[0] as number] : [(length[0] as number) | 128, length[1] as number],
    ),
    bytes,
  ]);
}
const number = (at: number, value: number) => Buffer.from([at << 3, value]);
const model = (...description: Buffer[]) =>
  Buffer.concat([number(1, 7), field(2, ...description), field(900, "")]);

describe("a message of one's own", () => {
  test("has functions in place of inputs, of which the default one counts", async () => {
    const of = (name: string, input: string) =>
      field(20, field(1, name), field(2, field(1, input)), field(3, field(1, "y")));
    const bytes = model(of("a", "x1"), of("b", "x2"), field(21, "b"));
    const { signature, producer } = await read(bytes);
    expect(signature?.inputs).toEqual([{ name: "x2", dtype: "UNKNOWN", shape: null }]);
    expect(producer).toMatchObject({ coreml_functions: "a, b" });
    expect((await read(model(of("a", "x1"), field(21, "c")))).signature?.inputs[0]?.name).toBe(
      "x1",
    );
  });

  test("has ranges: a bound that is open makes the size a caller's choice", async () => {
    const range = (lower: number, upper: number) => field(1, number(1, lower), number(2, upper));
    const array = field(5, number(1, 4), number(1, 5), field(31, range(1, 9), range(5, 5)));
    const { signature } = await read(model(field(1, field(1, "x"), field(3, array))));
    expect(signature?.inputs).toEqual([{ name: "x", dtype: "UNKNOWN", shape: [null, 5] }]);
  });

  test.each([
    ["without a model", Buffer.concat([number(1, 7), field(2, "")])],
    ["without a description", Buffer.concat([number(1, 7), field(900, "")])],
    ["a SavedModel", Buffer.concat([number(1, 1), field(2, field(1, "x"))])],
    ["an ONNX model", Buffer.concat([number(1, 8), field(2, "pytorch"), field(7, "")])],
    [
      "one with parts of another",
      Buffer.concat([number(1, 7), field(2, ""), field(7, ""), field(900, "")]),
    ],
    ["one that is cut", model(field(1, "x")).subarray(0, -1)],
    ["groups", Buffer.from([8, 7, 0x12, 0, 0x0b])],
    [
      "thousands of parts",
      Buffer.concat([model(), ...Array.from({ length: 200 }, () => number(10, 0))]),
    ],
  ])("%s is no Core ML model", async (_, bytes) => {
    expect(await isCoreml(bytes, fileOf("m", bytes).source)).toBe(false);
  });

  test.each([
    ["thousands of inputs", model(...Array.from({ length: 1001 }, () => field(1, field(1, "x"))))],
    ["a name of the wrong type", model(field(1, number(1, 5)))],
    ["a name that is no UTF-8", model(field(1, field(1, Buffer.from([0xff]))))],
    [
      "65 dimensions",
      model(field(1, field(3, field(5, ...Array.from({ length: 65 }, () => number(1, 1)))))),
    ],
  ])("%s is refused", async (_, bytes) => {
    expect(await refusalOf(() => read(bytes))).toMatch(/^invalid_model_file: m\.mlmodel/);
  });

  test.each(["{", "[]", '{"itemInfoEntries": []}', '{"itemInfoEntries": {"a": {"path": 5}}}'])(
    "beside the manifest %s is a model all the same",
    async (manifest) => {
      const files = [
        fileOf("p.mlpackage/Manifest.json", Buffer.from(manifest)),
        fileOf("p.mlpackage/Data/m.mlmodel", model(field(1, field(1, "x")))),
      ];
      expect(await inspectFiles(files)).toMatchObject({ format: "coreml" });
    },
  );

  test("a path out of the package is only a path that is not there", async () => {
    const manifest = { itemInfoEntries: { a: { path: "../../../etc/passwd" } } };
    const files = [
      fileOf("Manifest.json", Buffer.from(JSON.stringify(manifest))),
      fileOf("Data/m.mlmodel", model()),
    ];
    expect(await refusalOf(() => inspectFiles(files))).toMatch(/must be uploaded with it/);
  });
});

test("damage leads to facts or to a clear refusal", async () => {
  const [first] = await filesOf("linear.mlpackage");
  for (const bytes of [
    fixture("image.mlmodel"),
    fixture("enumerated.mlmodel"),
    await (first as SourceFile).source.read(0, first?.source.sizeBytes ?? 0),
  ]) {
    await survivesDamage(bytes, (damaged) => inspectFiles([fileOf("m", damaged)]), 100);
  }
});
