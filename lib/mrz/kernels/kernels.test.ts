import fc from "fast-check";
import { expect, test } from "vitest";
import type { ElementSize } from "../format.ts";
import { compileKernels } from "./compile-kernels.ts";
import { checksumOf, kernels } from "./kernels.ts";
import { KERNELS_BASE64 } from "./kernels-bytes.ts";
import { planeOffset } from "./places.ts";

const SIZES = [1, 2, 4, 8] as const;

/** The reference: plane p is byte p of each element, the sign rotated to the lowest bit. */
function splitSlowly(bytes: Uint8Array, size: ElementSize, isRotated: boolean): Uint8Array[] {
  const count = bytes.length / size;
  const bits = BigInt(8 * size);
  const planes = Array.from({ length: size }, () => new Uint8Array(count));
  for (let element = 0; element < count; element += 1) {
    let value = numberAt(bytes, element * size, size);
    if (isRotated) value = BigInt.asUintN(8 * size, (value << 1n) | (value >> (bits - 1n)));
    planes.forEach((plane, at) => {
      plane[element] = Number((value >> BigInt(8 * at)) & 0xffn);
    });
  }
  return planes;
}

/** The reference: zigzag of the difference; of single bytes the difference itself. */
function diffSlowly(bytes: Uint8Array, base: Uint8Array, size: ElementSize): Uint8Array {
  const result = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at += size) {
    const difference = numberAt(bytes, at, size) - numberAt(base, at, size);
    const signed = BigInt.asIntN(8 * size, difference);
    const zigzag = signed >= 0n ? 2n * signed : -2n * signed - 1n;
    const coded = BigInt.asUintN(8 * size, size === 1 ? difference : zigzag);
    for (let byte = 0; byte < size; byte += 1)
      result[at + byte] = Number((coded >> BigInt(8 * byte)) & 0xffn);
  }
  return result;
}

function numberAt(bytes: Uint8Array, at: number, size: number): bigint {
  let value = 0n;
  for (let byte = size - 1; byte >= 0; byte -= 1)
    value = (value << 8n) | BigInt(bytes[at + byte] ?? 0);
  return value;
}

const elements = fc.record({
  size: fc.constantFrom(...SIZES),
  count: fc.nat(200),
  phase: fc.nat(7),
  isRotated: fc.boolean(),
  bytes: fc.uint8Array({ minLength: 1608, maxLength: 1608 }),
  base: fc.uint8Array({ minLength: 1608, maxLength: 1608 }),
});

test("the committed module is what the committed source compiles to", async () => {
  expect(KERNELS_BASE64).toBe(await compileKernels());
});

test("split gives the planes of the slow reference, and join gives the bytes back", () => {
  fc.assert(
    fc.property(elements, ({ size, count, phase, isRotated, bytes }) => {
      const kernel = kernels();
      const rotated = isRotated && size > 1;
      kernel.bytes.set(bytes);
      const elements = { size, start: phase, count };
      kernel.split(elements, rotated);
      const wanted = splitSlowly(bytes.slice(phase, phase + count * size), size, rotated);
      wanted.forEach((plane, at) => {
        const start = planeOffset(at, count);
        expect(kernel.planes.slice(start, start + count)).toEqual(plane);
      });
      kernel.bytes.fill(0);
      kernel.join(elements, rotated);
      expect(kernel.bytes.slice(phase, phase + count * size)).toEqual(
        bytes.slice(phase, phase + count * size),
      );
    }),
  );
});

test("diff gives the differences of the slow reference, and undiff gives the bytes back", () => {
  fc.assert(
    fc.property(elements, ({ size, count, phase, bytes, base }) => {
      const kernel = kernels();
      const [from, to] = [phase, phase + count * size];
      kernel.bytes.set(bytes);
      kernel.base.set(base);
      const elements = { size, start: phase, count };
      kernel.diff(elements);
      expect(kernel.bytes.slice(from, to)).toEqual(
        diffSlowly(bytes.slice(from, to), base.slice(from, to), size),
      );
      kernel.undiff(elements);
      expect(kernel.bytes.slice(from, to)).toEqual(bytes.slice(from, to));
    }),
  );
});

test("a block of full length fits its ranges for each size of element", () => {
  const kernel = kernels();
  const block = new Uint8Array(1024 * 1024).map((_, at) => (at * 2654435761) >>> 13);
  for (const size of SIZES) {
    for (const phase of [0, size - 1]) {
      const count = Math.floor((block.length - phase) / size);
      kernel.bytes.set(block);
      kernel.base.set(block.toReversed());
      const elements = { size, start: phase, count };
      kernel.diff(elements);
      kernel.split(elements, false);
      kernel.bytes.fill(0);
      kernel.join(elements, false);
      kernel.undiff(elements);
      const end = phase + count * size;
      expect(Buffer.compare(kernel.bytes.subarray(phase, end), block.subarray(phase, end))).toBe(0);
    }
  }
});

/** XXH64 as its specification words it, seed 0. */
function xxh64Slowly(bytes: Uint8Array): bigint {
  const [p1, p2, p3, p4, p5] = [
    0x9e3779b185ebca87n,
    0xc2b2ae3d27d4eb4fn,
    0x165667b19e3779f9n,
    0x85ebca77c2b2ae63n,
    0x27d4eb2f165667c5n,
  ] as const;
  const u64 = (value: bigint) => BigInt.asUintN(64, value);
  const rotate = (value: bigint, by: bigint) => u64((value << by) | (value >> (64n - by)));
  const round = (lane: bigint, word: bigint) => u64(rotate(u64(lane + word * p2), 31n) * p1);
  let at = 0;
  let hash: bigint = p5;
  if (bytes.length >= 32) {
    const lanes = [u64(p1 + p2), p2, 0n, u64(-p1)];
    for (; at + 32 <= bytes.length; at += 32)
      for (let lane = 0; lane < 4; lane += 1)
        lanes[lane] = round(lanes[lane] ?? 0n, numberAt(bytes, at + 8 * lane, 8));
    hash = u64(
      lanes.reduce((sum, lane, at) => sum + rotate(lane, [1n, 7n, 12n, 18n][at] ?? 0n), 0n),
    );
    for (const lane of lanes) hash = u64((hash ^ round(0n, lane)) * p1 + p4);
  }
  hash = u64(hash + BigInt(bytes.length));
  for (; at + 8 <= bytes.length; at += 8)
    hash = u64(rotate(hash ^ round(0n, numberAt(bytes, at, 8)), 27n) * p1 + p4);
  if (at + 4 <= bytes.length) {
    hash = u64(rotate(hash ^ u64(numberAt(bytes, at, 4) * p1), 23n) * p2 + p3);
    at += 4;
  }
  for (; at < bytes.length; at += 1)
    hash = u64(rotate(hash ^ u64(BigInt(bytes[at] ?? 0) * p5), 11n) * p1);
  hash = u64((hash ^ (hash >> 33n)) * p2);
  hash = u64((hash ^ (hash >> 29n)) * p3);
  return hash ^ (hash >> 32n);
}

test("the checksum is XXH64: published values, and the slow reference for any length", () => {
  expect(checksumOf(new Uint8Array(0))).toBe(0xef46db3751d8e999n);
  expect(checksumOf(Buffer.from("a"))).toBe(0xd24ec4f1a98c6e5bn);
  expect(checksumOf(Buffer.from("abc"))).toBe(0x44bc2cf5ad770999n);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(checksumOf(bytes)).toBe(xxh64Slowly(bytes));
    }),
  );
});

test("joining hashes on the way what the checksum need not read again", () => {
  fc.assert(
    fc.property(elements, fc.nat(7), ({ size, count, phase, isRotated, bytes }, restBytes) => {
      const kernel = kernels();
      const rotated = isRotated && size > 1;
      const length = Math.min(bytes.length, phase + count * size + restBytes);
      const block = bytes.slice(0, length);
      kernel.bytes.set(block);
      const elements = { size, start: phase, count };
      kernel.split(elements, rotated);
      kernel.bytes.fill(0);
      const hashed = kernel.joinAndHash(elements, rotated);
      expect(hashed % 32).toBe(0);
      const isFused = phase === 0 && rotated && (size === 2 || size === 4) && count >= 16;
      expect(hashed > 0).toBe(isFused);
      kernel.bytes.set(block.subarray(0, phase));
      kernel.bytes.set(block.subarray(phase + count * size), phase + count * size);
      expect(kernel.checksum(length, hashed)).toBe(xxh64Slowly(block));
    }),
  );
});
