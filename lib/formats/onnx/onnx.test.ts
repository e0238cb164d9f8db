import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { describe, expect, test } from "vitest";
import {
  acceptedCuts,
  fileOf,
  refusalOf,
  sparseSource,
  survivesDamage,
} from "../../../tests/support/hostile-bytes.ts";
import { HEAD_BYTES } from "../bytes/reader.ts";
import type { ByteSource } from "../contract.ts";
import { isOnnx, readOnnx } from "./onnx.ts";

// @bufbuild/protobuf writes the messages, so that our walker is not tested against our own idea of the format.
const message = () => new BinaryWriter();
const len = (writer: BinaryWriter, field: number, bytes: Uint8Array) =>
  writer.tag(field, 2).bytes(bytes);
const text = (writer: BinaryWriter, field: number, value: string) =>
  writer.tag(field, 2).string(value);
const int = (writer: BinaryWriter, field: number, value: number | bigint | string) =>
  writer.tag(field, 0).int64(value);

type Tensor = {
  name: string;
  dims: (number | string)[];
  type?: number;
  raw?: number;
  external?: Record<string, string>;
};

function tensor({ name, dims, type = 1, raw, external }: Tensor): Uint8Array {
  const writer = message();
  for (const dim of dims) int(writer, 1, dim);
  int(writer, 2, type);
  text(writer, 8, name);
  if (raw !== undefined) len(writer, 9, new Uint8Array(raw));
  for (const [key, value] of Object.entries(external ?? {})) {
    len(writer, 13, text(text(message(), 1, key), 2, value).finish());
  }
  if (external) int(writer, 14, 1);
  return writer.finish();
}

function node(opType: string, domain: string, attributes: Uint8Array[] = []): Uint8Array {
  const writer = text(text(text(message(), 1, "in"), 2, "out"), 4, opType);
  for (const attribute of attributes) len(writer, 5, attribute);
  return text(writer, 7, domain).finish();
}

function input(name: string, dims: (number | string)[]): Uint8Array {
  const shape = message();
  for (const dim of dims) {
    const writer = message();
    len(shape, 1, (typeof dim === "number" ? int(writer, 1, dim) : text(writer, 2, dim)).finish());
  }
  const type = len(int(message(), 1, 1), 2, shape.finish()).finish();
  return len(text(message(), 1, name), 2, len(message(), 1, type).finish()).finish();
}

function graph(parts: { nodes?: Uint8Array[]; tensors?: Uint8Array[]; inputs?: Uint8Array[] }) {
  const writer = message();
  for (const part of parts.nodes ?? []) len(writer, 1, part);
  for (const part of parts.tensors ?? []) len(writer, 5, part);
  for (const part of parts.inputs ?? []) len(writer, 11, part);
  return writer.finish();
}

function model(graphBytes: Uint8Array): Uint8Array {
  const writer = text(int(message(), 1, 8), 2, "tests");
  len(writer, 7, graphBytes);
  return len(writer, 8, int(text(message(), 1, ""), 2, 17).finish()).finish();
}

const weights = (tensors: Tensor[]) => model(graph({ tensors: tensors.map(tensor) }));
const SMALL = model(
  graph({
    nodes: [node("Relu", "")],
    tensors: [tensor({ name: "w", dims: [2, 3], raw: 24 })],
    inputs: [input("x", ["batch", 3]), input("w", [2, 3])],
  }),
);

const read = (
  bytes: Uint8Array,
  siblings: Record<string, ByteSource> = {},
  path = "m/model.onnx",
) => readOnnx(fileOf(path, bytes), new Map(Object.entries(siblings)));
const detect = (bytes: Uint8Array) =>
  isOnnx(bytes.subarray(0, HEAD_BYTES), fileOf("", bytes).source);

test("producer, tensors and inputs are the model's; weights are not inputs", async () => {
  const facts = await read(SMALL);
  expect(facts.producer).toEqual({ ir_version: "8", producer_name: "tests", opset: "17" });
  expect(facts.parameters).toBe(6);
  expect(facts.tensors).toEqual([
    { name: "w", dtype: "F32", shape: [2, 3], sizeBytes: 24, file: "m/model.onnx" },
  ]);
  expect(facts.signature?.inputs).toEqual([{ name: "x", dtype: "F32", shape: ["batch", 3] }]);
});

test("weights inside the branches of an If and in Constant nodes are found", async () => {
  const inner = graph({ tensors: [tensor({ name: "then", dims: [5], raw: 20 })] });
  const branch = len(text(message(), 1, "then_branch"), 6, inner).finish();
  const value = (name: string, dims: number[], type: number, raw: number) =>
    len(text(message(), 1, "value"), 5, tensor({ name, dims, type, raw })).finish();
  const facts = await read(
    model(
      graph({
        nodes: [
          node("If", "", [branch]),
          node("Constant", "", [value("", [4], 1, 16)]),
          node("Constant", "", [value("", [2], 7, 16)]),
          node("Constant", "", [value("", [], 1, 4)]),
        ],
      }),
    ),
  );
  expect(facts.tensors.map(({ name }) => name)).toEqual(["then", "out"]);
  expect(facts.parameters).toBe(9);
});

describe("external data", () => {
  const external = (location: string, more: Record<string, string> = {}) =>
    weights([{ name: "w", dims: [4], external: { location, ...more } }]);

  test("is looked for beside the model", async () => {
    const facts = await read(external("w.bin", { offset: "8", length: "16" }), {
      "m/w.bin": sparseSource(24, []),
    });
    expect(facts.tensors[0]).toMatchObject({ file: "m/w.bin", sizeBytes: 16 });
    expect(facts.findings).toEqual([]);
  });

  test("that is missing is named", async () => {
    const refusal = await refusalOf(() =>
      read(external("w.bin"), { "w.bin": sparseSource(16, []) }),
    );
    expect(refusal).toMatch(/^invalid_model_file: .*m\/w\.bin, which must be uploaded with it/);
  });

  test.each([
    "../w.bin",
    "/etc/passwd",
    "a\\w.bin",
    "w\0.bin",
    "a/../../w",
    "C:w",
    "file:///x",
    "..",
  ])("at %j is malicious", async (location) => {
    const { findings } = await read(external(location), { "m/w.bin": sparseSource(16, []) });
    expect(findings).toMatchObject([{ severity: "malicious", code: "onnx_external_path" }]);
  });

  test("with a hostile location before a harmless one is malicious", async () => {
    const writer = int(text(int(message(), 1, 4), 8, "w"), 2, 1);
    for (const location of ["../x", "w.bin"]) {
      len(writer, 13, text(text(message(), 1, "location"), 2, location).finish());
    }
    const bytes = model(graph({ tensors: [int(writer, 14, 1).finish()] }));
    const { findings } = await read(bytes, { "m/w.bin": sparseSource(16, []) });
    expect(findings[0]?.severity).toBe("malicious");
  });

  test.each([
    [{ offset: "9", length: "16" }, /cut short/],
    [{ offset: "18446744073709551615" }, /not a number/],
    [{ offset: "-1" }, /not a number/],
    [{ length: "17" }, /needs 16 bytes and has 17/],
  ])("with %j is refused", async (more, sentence) => {
    const siblings = { "m/w.bin": sparseSource(24, []) };
    expect(await refusalOf(() => read(external("w.bin", more), siblings))).toMatch(sentence);
  });
});

test("operators of a foreign domain are suspicious, those of the standard and the runtime are not", async () => {
  const used = (domain: string) => read(model(graph({ nodes: [node("Gelu", domain)] })));
  expect((await used("ai.acme")).findings).toMatchObject([{ code: "onnx_custom_operator" }]);
  // onnx.defs.schema of ONNX, and graph/constants.h of ONNX Runtime.
  for (const domain of `ai.onnx ai.onnx.ml ai.onnx.training ai.onnx.preview ai.onnx.preview.training com.microsoft
    com.microsoft.nchwc com.microsoft.dml com.microsoft.experimental com.ms.internal.nhwc`.split(
    /\s+/,
  )) {
    expect((await used(domain)).findings, domain).toEqual([]);
  }
});

test.each(["EPContext", "PythonOp", "ATen", "NobodyKnowsThis"])(
  "the operator %s of ONNX Runtime's domain is suspicious",
  async (name) => {
    const bytes = model(graph({ nodes: [node(name, "com.microsoft")] }));
    const [found, ...others] = (await read(bytes)).findings;
    expect(others).toEqual([]);
    expect(found).toMatchObject({ severity: "suspicious", code: "onnx_operator" });
    expect(found?.detail).toContain(name);
    const place = found?.offset as number;
    expect(Buffer.from(bytes.subarray(place, place + 64)).toString("latin1")).toContain(name);
  },
);

test.each(["../../etc/passwd", "/etc/passwd", "file:///etc/passwd"])(
  "a compiled program at %s is malicious",
  async (path) => {
    const setting = text(text(message(), 1, "ep_cache_context"), 4, path).finish();
    const bytes = model(graph({ nodes: [node("EPContext", "com.microsoft", [setting])] }));
    expect((await read(bytes)).findings).toContainEqual(
      expect.objectContaining({ severity: "malicious", code: "onnx_external_path" }),
    );
  },
);

test("a function of the model's own hides no other operator of its domain", async () => {
  const own = text(len(text(message(), 1, "Mine"), 7, node("Add", "")), 10, "acme").finish();
  const used = (name: string) => {
    const bytes = [model(graph({ nodes: [node(name, "acme")] })), len(message(), 25, own).finish()];
    return read(Buffer.concat(bytes));
  };
  expect((await used("Mine")).findings).toEqual([]);
  expect((await used("Other")).findings).toMatchObject([{ code: "onnx_custom_operator" }]);
});

test("a model over 2 GiB is read without its weights", async () => {
  const rawBytes = 3 * 1024 ** 3;
  const head = int(text(int(message(), 1, rawBytes / 4), 8, "w"), 2, 1)
    .tag(9, 2)
    .uint32(rawBytes)
    .finish();
  const graphHead = message()
    .tag(5, 2)
    .uint32(head.length + rawBytes)
    .finish();
  const start = int(message(), 1, 8)
    .tag(7, 2)
    .int64(graphHead.length + head.length + rawBytes)
    .finish();
  const front = Buffer.concat([start, graphHead, head]);
  const source = sparseSource(front.length + rawBytes, [{ offset: 0, bytes: front }]);
  expect(await isOnnx(front, source)).toBe(true);
  const facts = await readOnnx({ path: "large.onnx", source }, new Map());
  expect(facts.parameters).toBe(rawBytes / 4);
  expect(source.bytesRead()).toBeLessThan(1024 * 1024);
});

describe("refuses", () => {
  const nested = Array.from({ length: 100 }).reduce<Uint8Array>(
    (inner) => graph({ nodes: [node("If", "", [len(message(), 6, inner).finish()])] }),
    new Uint8Array(0),
  );
  const cases: [string, Uint8Array, RegExp][] = [
    [
      "raw data that is too short",
      weights([{ name: "w", dims: [3], raw: 8 }]),
      /needs 12 bytes and has 8/,
    ],
    [
      "sizes that overflow",
      weights([{ name: "w", dims: ["9223372036854775807", 4], raw: 0 }]),
      /no tensor can have/,
    ],
    [
      "a type that is none",
      weights([{ name: "w", dims: [1], type: 0, raw: 4 }]),
      /invalid data type 0/,
    ],
    ["a negative size", weights([{ name: "w", dims: [-4], raw: 16 }]), /no tensor can have/],
    [
      "an unknown type with more elements than bytes",
      weights([{ name: "w", dims: [65], type: 99, raw: 4 }]),
      /more elements than its 4 bytes/,
    ],
    [
      "65 dimensions",
      weights([{ name: "w", dims: new Array(65).fill(1), raw: 4 }]),
      /more than 64/,
    ],
    [
      "a name of 5,000 bytes",
      weights([{ name: "w".repeat(5000), dims: [1], raw: 4 }]),
      /more than 4096/,
    ],
    ["graphs nested 100 deep", model(nested), /nested/],
    [
      "a length near 2^64",
      Buffer.concat([SMALL, Buffer.from("6affffffffffffffffff01", "hex")]),
      /longer than/,
    ],
    ["field number zero", Buffer.concat([SMALL, Buffer.from("0000", "hex")]), /field number/],
    [
      "a varint of eleven bytes",
      Buffer.concat([SMALL, Buffer.from("28ffffffffffffffffffffff01", "hex")]),
      /too long/,
    ],
    ["a group", Buffer.concat([SMALL, Buffer.from("2b2c", "hex")]), /groups/],
  ];
  test.each(cases)("%s", async (_, bytes, sentence) => {
    const refusal = await refusalOf(() => read(bytes));
    expect(refusal).toMatch(/^invalid_model_file: m\/model\.onnx cannot be read/);
    expect(refusal).toMatch(sentence);
  });
});

test("a model cut inside its graph is still called a model, and refused", async () => {
  const graphStart = SMALL.length - 30;
  const cut = SMALL.slice(0, graphStart);
  expect(await detect(cut)).toBe(true);
  expect(await refusalOf(() => read(cut))).toMatch(/cut short/);
});

test("a file cut anywhere is refused, except between two of its parts", async () => {
  // Protobuf has no end mark: a message cut after a whole field is a whole message.
  const accepted = await acceptedCuts(SMALL, read);
  expect(accepted.every((length) => [0, 2, 9, SMALL.length - 6].includes(length))).toBe(true);
});

test("random damage leads to facts or to a clear refusal", async () => {
  await survivesDamage(SMALL, read);
  await survivesDamage(SMALL, detect);
});

test("other protobufs, texts and noise are not called ONNX", async () => {
  expect(await detect(SMALL)).toBe(true);
  expect(await detect(tensor({ name: "w", dims: [4], raw: 16 }))).toBe(false);
  // Core ML: version, description, then a model type in field 500.
  expect(
    await detect(
      len(len(int(message(), 1, 8), 2, new Uint8Array(4)), 500, new Uint8Array(9)).finish(),
    ),
  ).toBe(false);
  expect(await detect(new TextEncoder().encode("hello world"))).toBe(false);
  expect(await detect(Buffer.from("0801120a", "hex"))).toBe(false);
});
