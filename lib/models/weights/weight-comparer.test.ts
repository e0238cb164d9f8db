import { createHash } from "node:crypto";
import { afterEach, expect, it } from "vitest";
import { safetensors } from "../../../tests/support/model-files.ts";
import { WeightComparer } from "./weight-comparer.ts";

let comparer = new WeightComparer();
afterEach(async () => {
  await comparer.close();
  comparer = new WeightComparer();
});

const bytesOf = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const model = (...values: number[]) =>
  safetensors({ w: { dtype: "F32", shape: [values.length], bytes: bytesOf(...values) } });
const fileOf = (bytes: Uint8Array, sizeBytes = bytes.length) => {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const file = { sha256, sizeBytes, opened: 0, closed: 0 };
  return Object.assign(file, {
    open: async () => {
      file.opened += 1;
      return {
        sizeBytes,
        read: async (into: Uint8Array, offset: number) => {
          const part = bytes.subarray(offset, offset + into.length);
          into.set(part);
          return part.length;
        },
        close: async () => {
          file.closed += 1;
        },
      };
    },
  });
};
const side = (file: number, name = "w", shape = [2]) => ({ file, name, dtype: "F32", shape });
const pair = { from: side(0), to: side(1) };

it("compares in a thread, opens each file once and closes it", async () => {
  const files = [fileOf(model(3, 4)), fileOf(model(3, 9))];
  const outcomes = await comparer.measure(files, { pairs: [pair, pair], least: 1 });
  expect(outcomes).toHaveLength(2);
  expect(outcomes[0]).toMatchObject({ relative_difference: 1, changed_values: 1 });
  await expect
    .poll(() => files.map(({ opened, closed }) => [opened, closed]))
    .toEqual([
      [1, 1],
      [1, 1],
    ]);
});

it("gives no numbers of a file that says other things than its facts did, or that claims a huge header", async () => {
  const huge = new Uint8Array(64);
  new DataView(huge.buffer).setBigUint64(0, 99_999_999n, true);
  huge.set(new TextEncoder().encode('{"__metadata__"'), 8);
  const files = [fileOf(model(3, 4)), fileOf(huge, 500_000_000), fileOf(model(1, 2, 3))];
  const pairs = [pair, { from: side(0), to: side(2) }, { from: side(0), to: side(0, "none") }];
  const outcomes = await comparer.measure(files, { pairs, least: 1 });
  expect(outcomes).toEqual(pairs.map(() => ({ reason: "format" })));
});

it("gives up for a client that is gone, and fails with what reading fails with", async () => {
  const files = [fileOf(model(3, 4)), fileOf(model(3, 9))];
  const work = { pairs: [pair], least: 1 };
  const gone = AbortSignal.abort(new Error("gone"));
  await expect(comparer.measure(files, work, gone)).rejects.toThrow("gone");
  const broken = {
    sha256: "0".repeat(64),
    sizeBytes: 100,
    open: () => Promise.reject(new Error("disk")),
  };
  await expect(comparer.measure([broken, broken], work)).rejects.toThrow("disk");
  // The thread is there for the next one.
  expect(await comparer.measure(files, work)).toHaveLength(1);
});
