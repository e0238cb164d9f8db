import fc from "fast-check";
import { expect, it } from "vitest";
import { readSteps } from "./read-steps.ts";

const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);

/** One element after the other. */
function expectedOf(
  storage: Uint8Array,
  shape: number[],
  strides: number[],
  offset: number,
  width: number,
) {
  const into: number[] = [];
  for (let index = 0; index < product(shape); index += 1) {
    let [rest, element] = [index, offset];
    for (let at = shape.length - 1; at >= 0; at -= 1) {
      const size = shape[at] as number;
      element += (rest % size) * (strides[at] as number);
      rest = Math.floor(rest / size);
    }
    into.push(...storage.subarray(element * width, (element + 1) * width));
  }
  return into;
}

it("gives every view row by row, whatever its blocks and windows are", async () => {
  const axis = fc.record({
    size: fc.integer({ min: 0, max: 6 }),
    stride: fc.integer({ min: 0, max: 9 }),
  });
  const view = fc.record({
    axes: fc.array(axis, { maxLength: 4 }),
    offset: fc.integer({ min: 0, max: 5 }),
    width: fc.constantFrom(1, 2, 4, 8),
    start: fc.integer({ min: 0, max: 9 }),
    blockBytes: fc.integer({ min: 1, max: 400 }),
    windowBytes: fc.integer({ min: 1, max: 400 }),
  });
  await fc.assert(
    fc.asyncProperty(view, async ({ axes, offset, width, start, blockBytes, windowBytes }) => {
      const shape = axes.map(({ size }) => size);
      const strides = axes.map(({ stride }) => stride);
      const elements =
        1 +
        offset +
        axes.reduce((sum, { size, stride }) => sum + Math.max(0, size - 1) * stride, 0);
      const file = Uint8Array.from(
        { length: start + elements * width },
        (_, at) => (at * 37) % 251,
      );
      const read = async (at: number, length: number) => {
        expect(at >= start && at + length <= file.length).toBe(true);
        expect(length).toBeLessThanOrEqual(Math.max(windowBytes, width));
        return file.subarray(at, at + length);
      };
      const given: number[] = [];
      const steps = { offset, strides };
      const asked = { shape, steps, elementBytes: width, storageOffset: start };
      for await (const bytes of readSteps(read, asked, {
        stepBytes: windowBytes,
        blockBytes,
        windowBytes,
      })) {
        expect(bytes.length).toBeLessThanOrEqual(Math.max(blockBytes, windowBytes, width));
        given.push(...bytes);
      }
      expect(given).toEqual(expectedOf(file.subarray(start), shape, strides, offset, width));
    }),
  );
});

it("reads a column in few windows, and a transposed matrix in few reads of each", async () => {
  let [reads, bytes] = [0, 0];
  const read = async (_: number, length: number) => {
    reads += 1;
    bytes += length;
    return new Uint8Array(length);
  };
  const count = async (shape: number[], strides: number[]) => {
    [reads, bytes] = [0, 0];
    let given = 0;
    const view = { shape, steps: { offset: 0, strides }, elementBytes: 4, storageOffset: 0 };
    for await (const part of readSteps(read, view)) given += part.length;
    expect(given).toBe(4 * product(shape));
    return { reads, bytes };
  };
  // 64 MB of which every hundredth value is wanted.
  expect((await count([160_000], [100])).reads).toBeLessThan(20);
  // 64 MB, transposed: each of the four blocks reads a quarter of every row, or all of the rows.
  const transposed = await count([4096, 4096], [1, 4096]);
  expect(transposed.reads).toBeLessThan(20_000);
  expect(transposed.bytes).toBeLessThan(5 * 4 * 4096 * 4096);
});
