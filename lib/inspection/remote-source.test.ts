import fc from "fast-check";
import { expect, test } from "vitest";
import { remoteSource } from "./remote-source.ts";

const BYTES = Uint8Array.from({ length: 3 * 1024 * 1024 }, (_, at) => (at * 31) >> 3);

function counted(bytes = BYTES) {
  const fetched: { offset: number; length: number }[] = [];
  const source = remoteSource(bytes.length, async (offset, length) => {
    fetched.push({ offset, length });
    return bytes.slice(offset, offset + length);
  });
  return { source, fetched };
}

test("whatever is read in whatever order is what the file has there", async () => {
  const place = fc.tuple(fc.nat(BYTES.length + 10), fc.oneof(fc.nat(5000), fc.nat(BYTES.length)));
  await fc.assert(
    fc.asyncProperty(fc.array(place, { maxLength: 8 }), async (places) => {
      const { source, fetched } = counted();
      for (const [offset, length] of places) {
        const read = await source.read(offset, length);
        expect(Buffer.compare(read, BYTES.subarray(offset, offset + length))).toBe(0);
      }
      expect(fetched.every(({ offset, length }) => offset + length <= BYTES.length)).toBe(true);
    }),
  );
});

test("a file that is read in order takes few messages", async () => {
  const { source, fetched } = counted();
  for (let at = 0; at < BYTES.length; at += 1000) await source.read(at, 1000);
  expect(fetched.length).toBeLessThan(15);
});

test("reads here and there bring little more than was asked for", async () => {
  const { source, fetched } = counted();
  for (let at = BYTES.length - 4096; at > 0; at -= 100_000) await source.read(at, 4096);
  expect(fetched.every(({ length }) => length <= 16 * 1024)).toBe(true);
});

test("bytes that the other side does not have are not made up", async () => {
  const source = remoteSource(BYTES.length, async (offset) => BYTES.slice(offset, 1_500_000));
  expect(await source.read(0, BYTES.length)).toHaveLength(1_500_000);
  expect(await source.read(1_499_990, 100)).toHaveLength(10);
});
