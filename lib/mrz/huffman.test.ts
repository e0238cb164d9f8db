import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_BLOCK_BYTES } from "./format.ts";
import { decodeHuffman, encodeHuffman } from "./huffman.ts";
import { kernels } from "./kernels/kernels.ts";
import { payloadPlace, planePlace } from "./kernels/places.ts";

const PLACE = planePlace(0, 0);

/** null when it would take more than `mostBytes`. */
function encode(bytes: Uint8Array, mostBytes = Number.POSITIVE_INFINITY): Uint8Array | null {
  const { planes, payload } = kernels();
  planes.set(bytes);
  const length = encodeHuffman(PLACE, bytes.length, 0, mostBytes);
  return length === null ? null : payload.slice(0, length);
}

function decode(stored: Uint8Array, count: number, offset = 0): Uint8Array {
  const { planes, payload } = kernels();
  payload.set(stored, offset);
  planes.fill(0xee, 0, count + 64);
  const span = payload.subarray(offset, offset + stored.length);
  decodeHuffman(span, payloadPlace(offset), PLACE, count);
  expect(planes.slice(count, count + 64)).toEqual(new Uint8Array(64).fill(0xee));
  return planes.slice(0, count);
}

/** Bytes of `kinds` kinds, the first ones the most frequent. */
const plane = fc
  .record({
    count: fc.oneof(fc.nat(40), fc.nat(3000)),
    kinds: fc.integer({ min: 2, max: 256 }),
    skew: fc.integer({ min: 1, max: 9 }),
    seed: fc.integer(),
  })
  .map(({ count, kinds, skew, seed }) => {
    let state = seed >>> 0;
    return new Uint8Array(count).map(() => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) ** skew * kinds) + (256 - kinds);
    });
  });

test("gives back what was coded, and writes nothing behind it", () => {
  fc.assert(
    fc.property(plane, fc.nat(40), (bytes, offset) => {
      const stored = encode(bytes);
      if (stored) expect(decode(stored, bytes.length, offset)).toEqual(bytes);
      else expect(new Set(bytes).size).toBeLessThan(2);
    }),
    { numRuns: 300 },
  );
});

test("streams that take very different numbers of bits end where they should", () => {
  const bytes = new Uint8Array(100_003).map((_, at) =>
    at < 25_000 ? 7 : (at * 2654435761) >>> 24,
  );
  expect(Buffer.compare(decode(encode(bytes) as Uint8Array, bytes.length), bytes)).toBe(0);
});

test("a plane as long as a block", () => {
  const bytes = new Uint8Array(MAX_BLOCK_BYTES).map((_, at) => Math.imul(at, at) % 60);
  expect(Buffer.compare(decode(encode(bytes) as Uint8Array, bytes.length), bytes)).toBe(0);
});

test("takes about the entropy, and says beforehand when it would take too much", () => {
  const halves = new Uint8Array(80_000).map((_, at) => (Math.imul(at, 0x9e3779b1) >>> 31) + 100);
  expect(encode(halves)?.length).toBeLessThan(10_000 + 40);
  const noise = new Uint8Array(80_000).map((_, at) => Math.imul(at, 0x9e3779b1) >>> 24);
  expect(encode(noise, 80_000)).toBeNull();
});

test("one byte that repeats, and nothing at all, have no code", () => {
  expect(encode(new Uint8Array(100).fill(3))).toBeNull();
  expect(encode(new Uint8Array(0))).toBeNull();
});

test("the bytes are those of the documentation: canonical codes, lowest bit first", () => {
  // a 4 times, b twice, c and d once each: codes 0, 10, 110, 111.
  const stored = encode(Buffer.from("abacadab".repeat(4))) as Uint8Array;
  expect(Buffer.from(stored).toString("hex")).toBe(
    ["61", "64", "2133", "02000000".repeat(3), "3217".repeat(4)].join(""),
  );
});

test("damage gives other bytes or storage_corrupt, and never more", () => {
  const bytes = new Uint8Array(5_000).map((_, at) => (Math.imul(at, at) >>> 3) % 17);
  const stored = encode(bytes) as Uint8Array;
  fc.assert(
    fc.property(
      fc.nat(stored.length - 1),
      fc.integer({ min: 1, max: 255 }),
      fc.nat(stored.length),
      (at, change, length) => {
        const damaged = stored.slice(0, length);
        if (at < length) damaged[at] = (damaged[at] as number) ^ change;
        try {
          decode(damaged, bytes.length);
        } catch (error) {
          expect(error).toMatchObject({ code: "storage_corrupt" });
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test("heads that promise what is not there are refused", () => {
  const refused = (stored: number[] | Uint8Array, count = 8) =>
    expect(() => decode(Uint8Array.from(stored), count)).toThrow(
      expect.objectContaining({ code: "storage_corrupt" }),
    );
  const streams = Array.from({ length: 12 }, () => 0);
  refused([]);
  refused([5]);
  refused([6, 5, 0x11, ...streams]);
  refused([5, 5, 0x01, ...streams]);
  refused([0, 255, 0x11]);
  // Lengths that leave sequences without meaning, that claim more than there are, that are too long.
  refused([5, 6, 0x21, ...streams]);
  refused([5, 7, 0x11, 0x01, ...streams]);
  refused([5, 6, 0xcc, ...streams]);
  refused([5, 6, 0x00, ...streams]);
  // Streams that end behind the plane.
  refused([5, 6, 0x11, 0xff, 0xff, 0xff, 0xff, ...streams.slice(4), 1, 2, 3, 4]);
  refused([5, 6, 0x11, ...streams.slice(1)]);
});
