import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { describe, expect, test } from "vitest";
import {
  acceptedCuts,
  fileOf,
  refusalOf,
  sparseSource,
  survivesDamage,
} from "../../../tests/support/hostile-bytes.ts";
import { bundleIndex, table, type Variable, varint } from "../../../tests/support/tensor-bundle.ts";
import { memorySource } from "../bytes/byte-source.ts";
import { HEAD_BYTES } from "../bytes/reader.ts";
import { isSavedModel, readSavedModel } from "./saved-model.ts";

const message = () => new BinaryWriter();
const sub = (field: number, bytes: Uint8Array) => message().tag(field, 2).bytes(bytes).finish();
const str = (field: number, text: string) => message().tag(field, 2).string(text).finish();
const join = (...parts: Uint8Array[]) => Buffer.concat(parts);

const nodeDef = (op: string) => join(str(1, "n"), str(2, op));

/** saved_model.pb with `main` operators in the graph and `inner` ones in a function. */
function savedModel(main: string[], inner: string[] = []): Uint8Array {
  const functions = sub(2, sub(1, join(...inner.map((op) => sub(3, nodeDef(op))))));
  const graphDef = join(...main.map((op) => sub(1, nodeDef(op))), functions);
  const dims = join(
    sub(2, message().tag(1, 0).int64(-1).finish()),
    sub(2, message().tag(1, 0).int64(3).finish()),
  );
  const info = join(str(1, "x:0"), message().tag(2, 0).int32(1).finish(), sub(3, dims));
  const signature = sub(1, join(str(1, "x"), sub(2, info)));
  const metaGraph = join(
    sub(1, join(str(4, "serve"), str(5, "2.15.0"))),
    sub(2, graphDef),
    sub(5, join(str(1, "serving_default"), sub(2, signature))),
  );
  return join(message().tag(1, 0).int32(1).finish(), sub(2, metaGraph));
}

const VALUE = ".ATTRIBUTES/VARIABLE_VALUE";
const VARIABLES: Variable[] = [
  { name: "_CHECKPOINTABLE_OBJECT_GRAPH", dtype: 7, shape: [], bytes: 10 },
  { name: `dense/bias/${VALUE}`, dtype: 1, shape: [3], bytes: 12 },
  { name: `dense/kernel/.OPTIMIZER_SLOT/optimizer/m/${VALUE}`, dtype: 1, shape: [2, 3], bytes: 24 },
  { name: `dense/kernel/${VALUE}`, dtype: 1, shape: [2, 3], bytes: 24 },
  { name: `optimizer/learning_rate/${VALUE}`, dtype: 1, shape: [], bytes: 4 },
  { name: `save_counter/${VALUE}`, dtype: 9, shape: [], bytes: 8 },
];
const DATA_BYTES = 82;
const GRAPH = savedModel(["VarHandleOp", "MatMul"], ["Relu"]);

const read = (
  graph: Uint8Array,
  index: Uint8Array | null = bundleIndex(VARIABLES),
  dataBytes: number | null = DATA_BYTES,
) =>
  readSavedModel(
    fileOf("net/saved_model.pb", graph),
    new Map([
      ...(index ? [["net/variables/variables.index", memorySource(index)] as const] : []),
      ...(dataBytes === null
        ? []
        : [["net/variables/variables.data-00000-of-00001", sparseSource(dataBytes, [])] as const]),
    ]),
  );
const readIndex = (index: Uint8Array) => read(GRAPH, index);
const detect = (bytes: Uint8Array) =>
  isSavedModel(bytes.subarray(0, HEAD_BYTES), fileOf("", bytes).source);

test("variables come from the index; the optimizer's and the counter are no parameters", async () => {
  const facts = await read(GRAPH);
  expect(facts).toMatchObject({ format: "saved-model", framework: "tensorflow", parameters: 9 });
  expect(facts.tensors.map(({ name }) => name)).toEqual(VARIABLES.slice(1).map(({ name }) => name));
  expect(facts.tensors[2]).toMatchObject({
    dtype: "F32",
    shape: [2, 3],
    sizeBytes: 24,
    file: "net/variables/variables.data-00000-of-00001",
  });
  expect(facts.producer).toEqual({ tensorflow_version: "2.15.0", saved_model_tags: "serve" });
  expect(facts.signature?.inputs).toEqual([{ name: "x", dtype: "F32", shape: [null, 3] }]);
});

test("a snappy-compressed index says the same", async () => {
  const pack = (block: Uint8Array) => {
    const literals = [...chunks(block, 60)].map((part) =>
      join(Buffer.from([(part.length - 1) << 2]), part),
    );
    return { type: 1, bytes: join(varint(block.length), ...literals) };
  };
  const packed = await read(GRAPH, bundleIndex(VARIABLES, { pack }));
  expect(packed.tensors).toEqual((await read(GRAPH)).tensors);
});

test("a frozen model without variables has no tensors", async () => {
  const facts = await read(savedModel(["Const", "MatMul"]), null, null);
  expect(facts).toMatchObject({ tensors: [], parameters: 0, findings: [] });
});

describe("refuses", () => {
  const one = (variable: Partial<Variable>) =>
    bundleIndex([{ name: "w", dtype: 1, shape: [2], bytes: 8, ...variable }]);
  const cases: [string, () => Promise<unknown>, RegExp][] = [
    [
      "a missing index",
      () => read(GRAPH, null),
      /net\/variables\/variables\.index, which must be uploaded/,
    ],
    [
      "a missing shard",
      () => read(GRAPH, undefined, null),
      /data-00000-of-00001, which must be uploaded/,
    ],
    ["a shard that is cut short", () => read(GRAPH, undefined, DATA_BYTES - 1), /cut short/],
    ["a wrong size", () => readIndex(one({ bytes: 7 })), /needs 8 bytes and has 7/],
    [
      "a shape that overflows",
      () => readIndex(one({ shape: ["4611686018427387904", 8] })),
      /no variable can have/,
    ],
    ["a negative dimension", () => readIndex(one({ shape: [-2] })), /no variable can have/],
    [
      "an unknown type with more elements than bytes",
      () => readIndex(one({ dtype: 90, shape: [129] })),
      /more elements than its 8 bytes/,
    ],
    ["a type that is none", () => readIndex(one({ dtype: 0 })), /invalid type 0/],
    ["no shards", () => readIndex(bundleIndex(VARIABLES, { shards: 0 })), /number of shards/],
    [
      "a billion shards",
      () => readIndex(bundleIndex(VARIABLES, { shards: 1_000_000_000 })),
      /number of shards/,
    ],
    ["no header", () => readIndex(table([["w", new Uint8Array(0)]])), /header is missing/],
    [
      "an unknown compression",
      () => readIndex(bundleIndex(VARIABLES, { pack: (bytes) => ({ type: 7, bytes }) })),
      /compression/,
    ],
    [
      "a snappy bomb",
      () =>
        readIndex(bundleIndex(VARIABLES, { pack: () => ({ type: 1, bytes: varint(2 ** 31) }) })),
      /grows beyond/,
    ],
    ["an index that is something else", () => readIndex(Buffer.alloc(200)), /does not end as/],
    ["a model without a graph", () => read(message().tag(1, 0).int32(1).finish()), /no graph/],
  ];
  test.each(cases)("%s", async (_, run, sentence) => {
    const refusal = await refusalOf(run);
    expect(refusal).toMatch(/^invalid_model_file: net\//);
    expect(refusal).toMatch(sentence);
  });
});

test("an index cut anywhere is refused", async () => {
  expect(await acceptedCuts(bundleIndex(VARIABLES), readIndex)).toEqual([]);
});

test("a graph cut anywhere is refused, and still called a SavedModel", async () => {
  expect(await acceptedCuts(GRAPH, (bytes) => read(bytes))).toEqual([]);
  expect(await detect(GRAPH)).toBe(true);
  expect(await detect(GRAPH.slice(0, GRAPH.length - 9))).toBe(true);
  expect(await detect(Buffer.from("0801", "hex"))).toBe(false);
  expect(await detect(Buffer.from("hello"))).toBe(false);
});

test("random damage leads to facts or to a clear refusal", async () => {
  await survivesDamage(bundleIndex(VARIABLES), readIndex);
  await survivesDamage(GRAPH, (bytes) => read(bytes));
  await survivesDamage(GRAPH, detect);
});

function* chunks(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
