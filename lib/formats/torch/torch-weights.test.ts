import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { refusalOf, survivesDamage } from "../../../tests/support/hostile-bytes.ts";
import { memorySource } from "../bytes/byte-source.ts";
import { safetensorsHead } from "../write-safetensors.ts";
import { readSteps } from "./read-steps.ts";
import { readTorchWeights } from "./torch-weights.ts";

const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/conversion/${name}`, import.meta.url));

/** As the conversion reads it; no tensor of the fixtures has more than a kilobyte. */
async function copyAll(bytes: Uint8Array): Promise<void> {
  const source = memorySource(bytes);
  const { weights } = await readTorchWeights(source);
  safetensorsHead(weights);
  for (const weight of weights) {
    if (weight.shape.reduce((all, size) => all * size, 1) > 10_000) continue;
    const read = async (offset: number, length: number) => {
      const part = await source.read(offset, length);
      expect(part.length).toBe(length);
      return part;
    };
    for await (const _ of readSteps(read, { ...weight, elementBytes: 1 })) void _;
  }
}

it.each(["odd.pt", "legacy.pt"])("damage to %s is refused, or read inside of the file", (name) =>
  survivesDamage(fixture(name), copyAll, 150),
);

it("refuses a tensor that reaches beyond its storage", async () => {
  expect(await refusalOf(() => copyAll(fixture("short.pt")))).toMatch(
    /^invalid_model_file: .*its tensor weight needs 16 bytes and has 8/,
  );
});

it("refuses what is no checkpoint", async () => {
  const scripted = readFileSync(new URL("../fixtures/scripted.pt", import.meta.url));
  expect(await refusalOf(() => copyAll(scripted))).toMatch(/^not_convertible: .*TorchScript/);
  expect(await refusalOf(() => copyAll(Buffer.from("text")))).toMatch(/^not_convertible/);
});

it("names that JSON or safetensors would take for something else are kept, or refused", async () => {
  const tensor = (name: string) => ({ name, dtype: "U8", shape: [1] });
  const { head } = safetensorsHead(["__proto__", "2", "1", 'a"b'].map(tensor));
  const names = Object.keys(JSON.parse(Buffer.from(head.subarray(8)).toString("utf8")));
  expect(names.sort()).toEqual(["1", "2", "__metadata__", "__proto__", 'a"b']);
  for (const name of ["__metadata__", "\ud800", "a\u0000b"])
    expect(() => safetensorsHead([tensor(name)])).toThrow("safetensors does not allow");
});
