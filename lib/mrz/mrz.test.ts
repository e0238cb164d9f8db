import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Region } from "#lib/wire/region.ts";
import { estimateGain } from "./estimate-gain.ts";
import { MAX_BLOCK_BYTES } from "./format.ts";
import { openMrz } from "./open-mrz.ts";
import {
  decode,
  encode,
  layOut,
  noise,
  open,
  sha256Of,
  sourceOf,
  toBfloat16,
  weights,
} from "./test-blobs.ts";

const DTYPES = ["F64", "F32", "F16", "BF16", "I64", "I32", "I16", "U8", "BOOL", "Q4_0", "UNKNOWN"];

/** Bytes of every kind, with places that are right, wrong, overlapping and outside. */
const blobs = fc.record({
  parts: fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .tuple(fc.nat(255), fc.nat(70_000))
        .map(([byte, length]) => new Uint8Array(length).fill(byte)),
      fc.nat(40_000).map((count) => new Uint8Array(weights(count, count + 1).buffer)),
      fc.nat(150_000).map((length) => noise(length, length)),
      fc.nat(5_000).map((count) => Buffer.from("tokenizer vocabulary ".repeat(count / 20))),
    ),
    { maxLength: 6 },
  ),
  regions: fc.array(
    fc.record({
      offset: fc.nat(400_000),
      lengthBytes: fc.nat(400_000),
      dtype: fc.constantFrom(...DTYPES),
      name: fc.constantFrom("a", "b"),
    }),
    { maxLength: 6 },
  ),
});

describe("whatever is encoded", () => {
  test("comes back bit for bit, in one read and in any range", async () => {
    await fc.assert(
      fc.asyncProperty(blobs, fc.nat(), fc.nat(300_000), async ({ parts, regions }, at, length) => {
        const bytes = Buffer.concat(parts);
        const { file, report } = await encode(bytes, regions);
        expect(report).toMatchObject({
          rawBytes: bytes.length,
          storedBytes: file.length,
          sha256: sha256Of(bytes),
          chainDepth: 0,
          sources: [],
        });
        const reader = await open(file);
        expect([reader.sizeBytes, reader.sha256]).toEqual([bytes.length, report.sha256]);
        expect(Buffer.compare(await decode(reader), bytes)).toBe(0);
        const offset = bytes.length === 0 ? 0 : at % bytes.length;
        const into = new Uint8Array(length);
        const count = await reader.read(into, offset);
        expect(count).toBe(Math.min(length, bytes.length - offset));
        expect(
          Buffer.compare(into.subarray(0, count), bytes.subarray(offset, offset + count)),
        ).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test("never grows by more than its directory", async () => {
    const bytes = noise(3 * MAX_BLOCK_BYTES + 17);
    const { file } = await encode(bytes);
    expect(file.length - bytes.length).toBeLessThan(400);
  });

  test("is the same file again for the same bytes and regions", async () => {
    const { bytes, regions } = model();
    const [first, second] = [await encode(bytes, regions), await encode(bytes, regions)];
    expect(Buffer.compare(first.file, second.file)).toBe(0);
  });
});

const fail = () => Promise.reject(new Error("no source"));

function model(): { bytes: Uint8Array; regions: Region[] } {
  return layOut(
    [
      { name: "embed", dtype: "BF16", bytes: toBfloat16(weights(700_000)) },
      { name: "norm", dtype: "F32", bytes: new Uint8Array(weights(100, 3).buffer) },
      { name: "bias", dtype: "F32", bytes: new Uint8Array(400) },
      { name: "dense", dtype: "F32", bytes: new Uint8Array(weights(300_000, 5).buffer) },
      { name: "mask", dtype: "BOOL", bytes: new Uint8Array(200_000).fill(1) },
      {
        name: "ids",
        dtype: "I64",
        bytes: new Uint8Array(BigInt64Array.from({ length: 20_000 }, (_, at) => BigInt(at)).buffer),
      },
    ],
    Buffer.from('{"embed":{"dtype":"BF16"}}'.repeat(100)),
  );
}

test("weights take what their exponents leave, text little, constant tensors nothing", async () => {
  const { bytes, regions } = model();
  const { report } = await encode(bytes, regions);
  const { grouped, zstd, fill } = report.blocks;
  expect(grouped.storedBytes / grouped.rawBytes).toBeLessThan(0.8);
  expect(zstd.storedBytes / zstd.rawBytes).toBeLessThan(0.2);
  expect([fill.storedBytes, fill.rawBytes]).toEqual([0, 200_000]);
});

test("unknown content is grouped as it looks, at odd places too", async () => {
  const values = toBfloat16(weights(400_000));
  for (const lead of [0, 1, 3]) {
    const bytes = Buffer.concat([noise(lead), values]);
    const { report } = await encode(bytes);
    expect(report.blocks.grouped.rawBytes).toBe(bytes.length);
    expect(report.storedBytes / bytes.length).toBeLessThan(0.75);
  }
});

test("a tensor that repeats itself is stored by its repetitions, whatever its dtype", async () => {
  const row = new Uint8Array(weights(512).buffer);
  const table = layOut([{ name: "t", dtype: "F32", bytes: Buffer.concat(Array(150).fill(row)) }]);
  const { report } = await encode(table.bytes, table.regions);
  expect(report.storedBytes / table.bytes.length).toBeLessThan(0.05);
});

test("the estimate of the gain is near the gain", async () => {
  const { bytes, regions } = model();
  for (const [blob, places] of [
    [bytes, regions],
    [noise(3 * MAX_BLOCK_BYTES), []],
    [toBfloat16(weights(2_000_000)), []],
    [Buffer.from("words of a vocabulary ".repeat(90_000)), []],
  ] as const) {
    const { report } = await encode(blob, places);
    const estimate = await estimateGain(sourceOf(blob), places);
    expect(Math.abs(estimate - (1 - report.storedBytes / blob.length))).toBeLessThan(0.03);
  }
  expect(await estimateGain(sourceOf(new Uint8Array(0)), [])).toBe(0);
});

test("a tensor that occurs twice in a file is stored once", async () => {
  const tensor = { dtype: "F32", bytes: new Uint8Array(weights(400_000).buffer) };
  const once = layOut([{ name: "a", ...tensor }]);
  const twice = layOut([
    { name: "a", ...tensor },
    { name: "b", ...tensor },
  ]);
  const [first, second] = [
    await encode(once.bytes, once.regions),
    await encode(twice.bytes, twice.regions),
  ];
  expect(second.file.length - first.file.length).toBeLessThan(200);
  expect(second.report.blocks.repeat.rawBytes).toBe(1_600_000);
  expect(Buffer.compare(await decode(await open(second.file)), twice.bytes)).toBe(0);
});

test("a read decodes only the blocks that it needs", async () => {
  const bytes = noise(8 * MAX_BLOCK_BYTES);
  const { file } = await encode(bytes);
  const inner = sourceOf(file);
  let bytesRead = 0;
  const reader = await openMrz({
    file: {
      ...inner,
      read: (into, offset) => {
        bytesRead += into.length;
        return inner.read(into, offset);
      },
    },
    openSource: fail,
  });
  bytesRead = 0;
  for (let part = 0; part < 16; part += 1) {
    const into = new Uint8Array(64 * 1024);
    await reader.read(into, 5 * MAX_BLOCK_BYTES + part * into.length);
    expect(into[7]).toBe(bytes[5 * MAX_BLOCK_BYTES + part * into.length + 7]);
  }
  expect(bytesRead).toBe(MAX_BLOCK_BYTES);
});

test("many reads at once, of the same and of other blocks, each get their own bytes", async () => {
  const { bytes, regions } = model();
  const reader = await open((await encode(bytes, regions)).file);
  await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      const offset = (index * 7_919_777) % bytes.length;
      const into = new Uint8Array(1 + ((index * 104_729) % 500_000));
      const count = await reader.read(into, offset);
      expect(Buffer.compare(into.subarray(0, count), bytes.subarray(offset, offset + count))).toBe(
        0,
      );
    }),
  );
});

test("reads into memory that threads share", async () => {
  const { bytes, regions } = model();
  const reader = await open((await encode(bytes, regions)).file);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  expect(await reader.read(shared, 0)).toBe(bytes.length);
  expect(sha256Of(Uint8Array.from(shared))).toBe(sha256Of(bytes));
});

test("outside of the file there is nothing to read", async () => {
  const reader = await open((await encode(noise(10))).file);
  const into = new Uint8Array(4);
  expect(await reader.read(into, 10)).toBe(0);
  expect(await reader.read(into, 1e15)).toBe(0);
  expect(await reader.read(into, 8)).toBe(2);
  expect(await reader.read(new Uint8Array(0), 3)).toBe(0);
  await expect(reader.readBlock(1)).rejects.toThrow(RangeError);
  expect(await reader.readBlock(0)).toEqual(noise(10));
});

test("a signal ends the encoding with its reason", async () => {
  const reason = new Error("stop");
  await expect(encode(noise(100), [], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test("a source that ends early is damaged, not a shorter blob", async () => {
  const short = { ...sourceOf(noise(100)), sizeBytes: 200 };
  const { encodeMrz } = await import("./encode-mrz.ts");
  await expect(
    encodeMrz({ source: short, regions: [], sink: { write: async () => undefined } }),
  ).rejects.toMatchObject({ code: "storage_corrupt" });
});

test("progress ends at the blob's length", async () => {
  const seen: number[] = [];
  const bytes = noise(2 * MAX_BLOCK_BYTES + 5);
  await encode(bytes, [], { onProgress: (done) => seen.push(done) });
  expect(seen).toEqual([MAX_BLOCK_BYTES, 2 * MAX_BLOCK_BYTES, bytes.length]);
});
