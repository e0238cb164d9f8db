import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { survivesDamage } from "../../tests/support/hostile-bytes.ts";
import { safetensors } from "../../tests/support/model-files.ts";
import { memorySource } from "./bytes/byte-source.ts";
import { findTensorPlaces } from "./tensor-places.ts";

const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));
const find = (bytes: Uint8Array) => findTensorPlaces(memorySource(bytes));
const expected = JSON.parse(fixture("torch_expected.json").toString("utf8"));
const floats = (bytes: Uint8Array, offset: number, lengthBytes: number) => [
  ...new Float32Array(bytes.slice(offset, offset + lengthBytes).buffer),
];

it("finds the values of every weight of a PyTorch file", async () => {
  const bytes = Uint8Array.from(fixture("state_dict.pth"));
  const places = await find(bytes);
  const facts = [...places.values()].map(({ name, dtype, shape }) => [name, dtype, shape]);
  expect(facts).toEqual(expected["state_dict.pth"].tensors);
  // What a fresh batch norm begins with.
  for (const name of ["norm.weight", "norm.running_var"]) {
    const { offset, lengthBytes } = places.get(name) ?? { offset: 0, lengthBytes: 0 };
    expect(floats(bytes, offset, lengthBytes)).toEqual([1, 1]);
  }
});

it("finds those of safetensors, and none in a file that it does not know", async () => {
  const values = Float32Array.of(1.5, -2);
  const bytes = safetensors({
    w: { dtype: "F32", shape: [2], bytes: new Uint8Array(values.buffer) },
  });
  const { offset, ...place } = (await find(bytes)).get("w") ?? { offset: 0 };
  expect(place).toEqual({ name: "w", dtype: "F32", shape: [2], lengthBytes: 8 });
  expect(floats(bytes, offset, 8)).toEqual([1.5, -2]);
  for (const other of [Buffer.from("text"), fixture("array.npy"), new Uint8Array(0)]) {
    expect([...(await find(other))]).toEqual([]);
  }
});

it("throws what reading throws", async () => {
  const source = { sizeBytes: 100, read: () => Promise.reject(new Error("disk")) };
  await expect(findTensorPlaces(source)).rejects.toThrow("disk");
});

describe("no damage makes it throw, hang, or tell a place outside of the file", () => {
  it.each([
    ["safetensors", safetensors({ w: { dtype: "I8", shape: [2, 3], bytes: new Uint8Array(6) } })],
    ["a PyTorch archive", fixture("mixed.pt")],
    ["a TorchScript archive", fixture("scripted.pt")],
  ])("%s", async (_, bytes) => {
    await survivesDamage(bytes, async (damaged) => {
      for (const { offset, lengthBytes } of (await find(damaged)).values()) {
        expect(Math.min(offset, lengthBytes)).toBeGreaterThanOrEqual(0);
        expect(offset + lengthBytes).toBeLessThanOrEqual(damaged.length);
      }
    });
  });
});
