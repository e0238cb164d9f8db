import fc from "fast-check";
import { expect, test } from "vitest";
import type { Region } from "#lib/wire/region.ts";
import { MAX_BLOCK_BYTES } from "./format.ts";
import { MIN_OWN_BLOCK_BYTES, planBlocks } from "./plan-blocks.ts";

const MIB = MAX_BLOCK_BYTES;
const region = (offset: number, lengthBytes: number, dtype = "F32", name = "t"): Region => ({
  offset,
  lengthBytes,
  dtype,
  name,
});
const plan = (sizeBytes: number, regions: Region[]) => [...planBlocks(sizeBytes, regions)];
const places = (sizeBytes: number, regions: Region[]) =>
  plan(sizeBytes, regions).map(({ offset, lengthBytes }) => [offset, lengthBytes]);

test("blocks cover the file without a gap, whatever the regions say", () => {
  const wild = fc.record({
    offset: fc.oneof(fc.nat(4 * MIB), fc.constantFrom(0, Number.MAX_SAFE_INTEGER)),
    lengthBytes: fc.oneof(fc.nat(3 * MIB), fc.nat(2000), fc.constant(Number.MAX_SAFE_INTEGER)),
    dtype: fc.constantFrom("F32", "BF16", "U8", "UNKNOWN"),
    name: fc.constant("t"),
  });
  fc.assert(
    fc.property(fc.nat(6 * MIB), fc.array(wild, { maxLength: 12 }), (sizeBytes, regions) => {
      let at = 0;
      for (const block of planBlocks(sizeBytes, regions)) {
        expect(block.offset).toBe(at);
        expect(block.lengthBytes).toBeGreaterThan(0);
        expect(block.lengthBytes).toBeLessThanOrEqual(MIB);
        at += block.lengthBytes;
      }
      expect(at).toBe(sizeBytes);
    }),
  );
});

test("a tensor is cut from its own start, whatever is before and behind it", () => {
  const length = 2 * MIB + 70_000;
  for (const [before, after] of [
    [0, 0],
    [13, 5],
    [MIB + 1, 3 * MIB],
    [2000, 80],
  ] as const) {
    const small = before >= 13 ? [region(0, 8)] : [];
    const blocks = plan(before + length + after, [...small, region(before, length)]);
    const own = blocks.filter(({ region }) => region?.lengthBytes === length);
    expect(own.map(({ offset, lengthBytes }) => [offset - before, lengthBytes])).toEqual([
      [0, MIB],
      [MIB, MIB],
      [2 * MIB, 70_000],
    ]);
  }
});

test("small tensors and the padding between them share a block", () => {
  const tensors = [region(100, 4000), region(4164, 4000), region(8228, 4000)];
  expect(places(12_300, tensors)).toEqual([[0, 12_300]]);
});

test("a long header has blocks of its own", () => {
  expect(places(54_000, [region(50_000, 4000)])).toEqual([
    [0, 50_000],
    [50_000, 4000],
  ]);
});

test("many small tensors are cut between two of them", () => {
  const length = MIN_OWN_BLOCK_BYTES - 4;
  const tensors = Array.from({ length: 20 }, (_, at) => region(at * length, length));
  expect(places(20 * length, tensors)).toEqual([
    [0, 16 * length],
    [16 * length, 4 * length],
  ]);
});

test("elements are found where they are, also behind odd padding", () => {
  const [block] = plan(9000, [region(3, 4000), region(4003, 4997)]);
  expect(block?.grouping).toEqual({ elementSize: 4, phase: 3, isRotated: true });
});

test("a block of several kinds is not taken for one of them", () => {
  const [block] = plan(9000, [region(0, 4000), region(4000, 5000, "I64")]);
  expect(block?.grouping).toBeNull();
});
