import { readFileSync } from "node:fs";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { describe, expect, test } from "vitest";
import { survivesDamage } from "../../tests/support/hostile-bytes.ts";
import { bundleIndex } from "../../tests/support/tensor-bundle.ts";
import { openZip, readMember } from "./archives/zip.ts";
import { memorySource } from "./bytes/byte-source.ts";
import { findRegions, MAX_REGIONS } from "./regions.ts";

const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));
const find = (bytes: Uint8Array) => findRegions(memorySource(bytes));

const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
const u64 = (value: number) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
const text = (value: string) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);

function safetensors(tensors: Record<string, [dtype: string, shape: number[], bytes: number]>) {
  let end = 0;
  const header = Object.entries(tensors).map(([name, [dtype, shape, bytes]]) => {
    end += bytes;
    return [name, { dtype, shape, data_offsets: [end - bytes, end] }];
  });
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  return Buffer.concat([u64(json.length), json, Buffer.alloc(end)]);
}

function tensorProto(name: string, dataType: number, raw: Uint8Array | null, more: string[] = []) {
  const writer = new BinaryWriter().tag(2, 0).int64(dataType).tag(8, 2).string(name);
  if (raw) writer.tag(9, 2).bytes(raw);
  for (let at = 0; at < more.length; at += 2) {
    const entry = new BinaryWriter().tag(1, 2).string(more[at] ?? "");
    writer.tag(13, 2).bytes(
      entry
        .tag(2, 2)
        .string(more[at + 1] ?? "")
        .finish(),
    );
  }
  return writer.finish();
}

/** A model of one graph with `initializers`, and a Constant node inside a subgraph of an If node. */
function onnx(initializers: Uint8Array[], constant?: Uint8Array): Buffer {
  const sub = (field: number, bytes: Uint8Array) => new BinaryWriter().tag(field, 2).bytes(bytes);
  const graph = new BinaryWriter();
  for (const initializer of initializers) graph.tag(5, 2).bytes(initializer);
  if (constant) {
    const inner = sub(1, sub(5, sub(5, constant).finish()).finish()).finish();
    graph.tag(1, 2).bytes(sub(5, sub(6, inner).finish()).finish());
  }
  const model = new BinaryWriter().tag(1, 0).int64(8).tag(7, 2).bytes(graph.finish());
  return Buffer.from(model.finish());
}

const SAFETENSORS = safetensors({ b: ["BF16", [3, 2], 12], a: ["F32", [4], 16] });
const NUMBERS = Uint8Array.from({ length: 24 }, (_, at) => 100 + at);
const ONNX = onnx([tensorProto("w", 1, NUMBERS)], tensorProto("", 10, NUMBERS.subarray(0, 6)));
const GGUF_HEAD = Buffer.concat([
  Buffer.from("GGUF"),
  u32(3),
  u64(2),
  u64(0),
  ...[text("q"), u32(1), u64(32), u32(2), u64(0)],
  ...[text("n"), u32(1), u64(8), u32(0), u64(32)],
]);
const GGUF = Buffer.concat([GGUF_HEAD, Buffer.alloc(32 - (GGUF_HEAD.length % 32) + 64)]);

test("a safetensors file tells each tensor's place, dtype and name", async () => {
  const start = SAFETENSORS.length - 28;
  expect(await find(SAFETENSORS)).toEqual([
    { name: "b", dtype: "BF16", offset: start, lengthBytes: 12 },
    { name: "a", dtype: "F32", offset: start + 12, lengthBytes: 16 },
  ]);
});

test.each(["state_dict.pth", "mixed.pt", "checkpoint.tar", "scripted.pt", "whole_module.pt"])(
  "regions of %s hold the bytes of the archive's storages",
  async (name) => {
    const bytes = fixture(name);
    const zip = await openZip(memorySource(bytes));
    const storages = zip.entries.filter((entry) => /\/data\/\d+$/.test(entry.name));
    const wanted = await Promise.all(storages.map((entry) => readMember(zip, entry, 1e6)));
    const regions = (await find(bytes)).filter(({ name }) => !name.startsWith("constants/"));
    const found = regions.map(({ offset, lengthBytes }) =>
      bytes.toString("hex", offset, offset + lengthBytes),
    );
    expect(found.sort()).toEqual(wanted.map((raw) => Buffer.from(raw).toString("hex")).sort());
    expect(storages.length).toBeGreaterThan(0);
  },
);

test("PyTorch's regions have the names and dtypes of the state dict", async () => {
  expect(await find(fixture("mixed.pt"))).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: "half", dtype: "F16" }),
      expect.objectContaining({ name: "brain", dtype: "BF16" }),
    ]),
  );
});

test("an ONNX model's raw data is found in initializers and in constants of inner graphs", async () => {
  const at = ONNX.indexOf(NUMBERS);
  expect(await find(ONNX)).toEqual([
    { name: "w", dtype: "F32", offset: at, lengthBytes: 24 },
    { name: "#1", dtype: "F16", offset: ONNX.lastIndexOf(NUMBERS.subarray(0, 6)), lengthBytes: 6 },
  ]);
});

test("an ONNX model beside it describes a file of external data", async () => {
  const place = ["location", "./weights.bin", "offset", "8", "length", "16"];
  const elsewhere = ["location", "other.bin", "offset", "0", "length", "4"];
  const model = onnx([
    tensorProto("w", 10, null, place),
    tensorProto("x", 1, null, elsewhere),
    tensorProto("y", 1, null, ["location", "weights.bin", "length", "-3"]),
  ]);
  const files = new Map([["net/model.onnx", memorySource(model)]]);
  expect(
    await findRegions(memorySource(new Uint8Array(24)), { path: "net/weights.bin", files }),
  ).toEqual([{ name: "w", dtype: "F16", offset: 8, lengthBytes: 16 }]);
});

test("a checkpoint's index beside it describes a shard", async () => {
  const variables = [
    { name: "a/kernel", dtype: 1, shape: [3], bytes: 12 },
    { name: "b/bias", dtype: 19, shape: [2], bytes: 4 },
  ];
  const shard = memorySource(new Uint8Array(16));
  const path = "variables/variables.data-00000-of-00001";
  const index = memorySource(bundleIndex(variables));
  const files = new Map([
    ["variables/variables.index", index],
    [path, shard],
  ]);
  expect(await findRegions(shard, { path, files })).toEqual([
    { name: "a/kernel", dtype: "F32", offset: 0, lengthBytes: 12 },
    { name: "b/bias", dtype: "F16", offset: 12, lengthBytes: 4 },
  ]);
});

test("a GGUF file tells the places of quantized blocks too", async () => {
  const start = GGUF.length - 64;
  expect(await find(GGUF)).toEqual([
    { name: "q", dtype: "Q4_0", offset: start, lengthBytes: 18 },
    { name: "n", dtype: "F32", offset: start + 32, lengthBytes: 32 },
  ]);
});

test("a NumPy array is one region", async () => {
  const bytes = fixture("array.npy");
  expect(await find(bytes)).toEqual([
    { name: "array", dtype: "F64", offset: 128, lengthBytes: bytes.length - 128 },
  ]);
});

test.each([
  ["nothing", Buffer.alloc(0)],
  ["text", Buffer.from("a model card")],
  ["zeros", Buffer.alloc(5000)],
  ["a cut safetensors file", SAFETENSORS.subarray(0, 40)],
  ["a cut archive", fixture("state_dict.pth").subarray(0, 3000)],
  ["a NumPy header without values", fixture("array.npy").subarray(0, 60)],
])("%s has no regions", async (_, bytes) => {
  expect(await find(bytes)).toEqual([]);
});

test("the number of regions is bounded, however many tensors a file claims", async () => {
  const names = Array.from({ length: MAX_REGIONS + 5 }, (_, at) => [`t${at}`, ["U8", [1], 1]]);
  expect(await find(safetensors(Object.fromEntries(names)))).toHaveLength(MAX_REGIONS);
});

test("what cannot be read is not a file without tensors", async () => {
  const source = { sizeBytes: 100, read: () => Promise.reject(new Error("disk")) };
  await expect(findRegions(source)).rejects.toThrow("disk");
});

describe("no damage makes it throw, hang, or tell places that are no numbers", () => {
  test.each([
    ["safetensors", SAFETENSORS],
    ["GGUF", GGUF],
    ["ONNX", ONNX],
    ["a PyTorch archive", fixture("mixed.pt")],
    ["a TorchScript archive", fixture("scripted.pt")],
    ["NumPy", fixture("array.npy")],
  ])("%s", async (_, bytes) => {
    await survivesDamage(bytes, async (damaged) => {
      for (const { offset, lengthBytes } of await find(damaged)) {
        expect(Number.isSafeInteger(offset) && Number.isSafeInteger(lengthBytes)).toBe(true);
        expect(Math.min(offset, lengthBytes)).toBeGreaterThanOrEqual(0);
      }
    });
  });
});
