import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fileOf, survivesDamage } from "../../../tests/support/hostile-bytes.ts";
import type { TensorFact } from "../contract.ts";
import { inspectFiles } from "../inspect/inspect.ts";

type Expected = Record<string, { parameters: number; training?: string[]; copy?: string[] }>;
const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/checkpoints/${name}`, import.meta.url));
const EXPECTED: Expected = JSON.parse(fixture("expected.json").toString("utf8"));

/** Outermost keys whose tensors are all of `group`; of weights without a part, their names. */
function partsOf(tensors: readonly TensorFact[], group: TensorFact["group"], keys: string[]) {
  const isUnder = (name: string, key: string) => name === key || name.startsWith(`${key}.`);
  const found = tensors.filter((tensor) => tensor.group === group);
  const unexpected = found.filter(({ name }) => !keys.some((key) => isUnder(name, key)));
  const present = keys.filter((key) => found.some(({ name }) => isUnder(name, key)));
  return [...present, ...unexpected.map(({ name }) => name)];
}

test.each(Object.entries(EXPECTED))("%s: each tensor is what PyTorch says", async (name, want) => {
  const { tensors, parameters, dtypes } = await inspectFiles([fileOf(name, fixture(name))]);
  expect(parameters).toBe(want.parameters);
  expect(partsOf(tensors, "training", want.training ?? [])).toEqual(want.training ?? []);
  expect(partsOf(tensors, "copy", want.copy ?? [])).toEqual(want.copy ?? []);
  expect(Object.values(dtypes).reduce((sum, count) => sum + count, 0)).toBe(want.parameters);
});

test("the weights of a record are named as the model names them, and the rest says where it is", async () => {
  const { tensors, producer } = await inspectFiles([fileOf("a.pt", fixture("training.pt"))]);
  const own = tensors.filter(({ group }) => group === undefined).map(({ name }) => name);
  expect(own).toEqual(["embedding.weight", "layer.weight", "layer.bias"]);
  expect(producer.training_state).toBe("first, second, random");
  const average = await inspectFiles([fileOf("a.pt", fixture("average.pt"))]);
  expect(average.producer.second_weights).toBe("ema");
});

test("an optimizer beside a model is not the model, whatever its name", async () => {
  const files = [fileOf("a.pt", fixture("tied.pt")), fileOf("big.pt", fixture("optimizer.pt"))];
  const { parameters, files: read } = await inspectFiles(files);
  expect(parameters).toBe(EXPECTED["tied.pt"]?.parameters);
  expect(read.map(({ isLoaded }) => isLoaded)).toEqual([true, false]);
});

test("damage to a checkpoint leads to facts or to a clear refusal", async () => {
  const bytes = fixture("lightning.pt");
  await survivesDamage(bytes, (damaged) => inspectFiles([fileOf("a.pt", damaged)]), 60);
});
