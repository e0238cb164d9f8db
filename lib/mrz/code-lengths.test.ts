import fc from "fast-check";
import { expect, test } from "vitest";
import { codeLengths, MAX_CODE_BITS } from "./code-lengths.ts";

/** Share of all sequences of bits that begin with a code. */
const shareTaken = (lengths: readonly number[]) =>
  lengths.reduce((sum, length) => sum + (length > 0 ? 2 ** -length : 0), 0);

const bitsOf = (counts: readonly number[], lengths: readonly number[]) =>
  counts.reduce((sum, count, symbol) => sum + count * (lengths[symbol] ?? 0), 0);

/** Every choice of lengths up to `maxBits` that makes a code. */
function* allCodes(symbols: number, maxBits: number, free = 1): Generator<number[]> {
  if (symbols === 0) yield [];
  else
    for (let length = 1; length <= maxBits; length += 1)
      if (2 ** -length <= free)
        for (const others of allCodes(symbols - 1, maxBits, free - 2 ** -length))
          yield [length, ...others];
}

test("no code of that length takes fewer bits", () => {
  const few = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(few, fc.integer({ min: 3, max: 5 }), (counts, maxBits) => {
      const lengths = [...(codeLengths(Uint32Array.from(counts), maxBits) ?? [])];
      let fewest = Number.POSITIVE_INFINITY;
      for (const code of allCodes(counts.length, maxBits))
        fewest = Math.min(fewest, bitsOf(counts, code));
      expect(bitsOf(counts, lengths)).toBe(fewest);
    }),
    { numRuns: 50 },
  );
});

test("every code is complete and short enough, however the symbols are distributed", () => {
  const many = fc.array(fc.oneof(fc.nat(3), fc.nat(1000), fc.nat(1_000_000), fc.constant(0)), {
    minLength: 256,
    maxLength: 256,
  });
  fc.assert(
    fc.property(many, (counts) => {
      const lengths = codeLengths(Uint32Array.from(counts));
      if (!lengths) return;
      expect([...lengths].map(Boolean)).toEqual(counts.map(Boolean));
      expect(Math.max(...lengths)).toBeLessThanOrEqual(MAX_CODE_BITS);
      expect(shareTaken([...lengths])).toBe(1);
    }),
  );
});

test("codes that would be longer than 11 bits are cut", () => {
  const fibonacci = [1, 1];
  while (fibonacci.length < 30) fibonacci.push((fibonacci.at(-1) ?? 0) + (fibonacci.at(-2) ?? 0));
  const lengths = [...(codeLengths(Uint32Array.from(fibonacci)) ?? [])];
  expect(Math.max(...lengths)).toBe(MAX_CODE_BITS);
  expect(shareTaken(lengths)).toBe(1);
});

test("256 symbols that are equally frequent have 8 bits each; fewer than two have no code", () => {
  expect(codeLengths(new Uint32Array(256).fill(7))).toEqual(new Uint8Array(256).fill(8));
  expect(codeLengths(new Uint32Array(256))).toBeNull();
  expect(codeLengths(new Uint32Array(256).fill(9, 40, 41))).toBeNull();
});
