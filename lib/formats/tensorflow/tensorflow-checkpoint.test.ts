import { describe, expect, test } from "vitest";
import { fileOf, refusalOf, survivesDamage } from "../../../tests/support/hostile-bytes.ts";
import type { SourceFile } from "../contract.ts";
import { unzippedFixture } from "../fixtures/unzipped.ts";
import { inspectFiles } from "../inspect/inspect.ts";

const without = (files: readonly SourceFile[], name: RegExp) =>
  files.filter(({ path }) => !name.test(path));

test("a checkpoint of TensorFlow 2 has the model's weights and lists its optimizer's", async () => {
  const facts = await inspectFiles(await unzippedFixture("readers/tf2_checkpoint.zip"));
  expect(facts).toMatchObject({
    framework: "tensorflow",
    format: "tf-checkpoint",
    parameters: 81,
    dtypes: { F32: 81 },
  });
  expect(facts.tensors).toHaveLength(24);
  expect(facts.tensors.filter(({ group }) => group === "training")).toHaveLength(16);
  expect(facts.files.map(({ file, format }) => `${file.path} ${format}`).sort()).toEqual([
    "checkpoint unknown",
    "ckpt-1.data-00000-of-00001 tf-checkpoint",
    "ckpt-1.index tf-checkpoint",
  ]);
});

test("a checkpoint of TensorFlow 1 has its graph beside it", async () => {
  const facts = await inspectFiles(await unzippedFixture("readers/tf1_checkpoint.zip"));
  expect(facts).toMatchObject({ format: "tf-checkpoint", parameters: 16, dtypes: { F32: 16 } });
  expect(facts.producer.tensorflow_version).toMatch(/^2\./);
  expect(facts.tensors.map(({ name, group }) => `${name} ${group ?? ""}`)).toEqual([
    "dense/bias ",
    "dense/kernel ",
    "global_step training",
  ]);
});

test("an index without any of its shards is a note, one without some of them is not", async () => {
  const files = await unzippedFixture("readers/tf2_checkpoint.zip");
  const stray = await inspectFiles(without(files, /\.data-/));
  expect(stray).toMatchObject({ format: "tf-checkpoint", tensors: [], parameters: null });
  expect(stray.files.flatMap(({ reading }) => reading?.findings ?? [])).toMatchObject([
    { severity: "info", code: "checkpoint_without_data" },
  ]);
  const cut = files.map((file) =>
    file.path.includes(".data-") ? fileOf(file.path, new Uint8Array(100)) : file,
  );
  expect(await refusalOf(() => inspectFiles(cut))).toMatch(/^invalid_model_file: .*cut short/);
});

describe("a SavedModel", () => {
  test("that Keras exported lists its variables once", async () => {
    const facts = await inspectFiles(await unzippedFixture("readers/exported.zip"));
    expect(facts).toMatchObject({
      framework: "tensorflow",
      format: "saved-model",
      parameters: 81,
      dtypes: { F32: 81 },
    });
    expect(facts.tensors).toHaveLength(8);
  });

  test("without variables has files for them all the same", async () => {
    const facts = await inspectFiles(await unzippedFixture("readers/no_variables.zip"));
    expect(facts).toMatchObject({ format: "saved-model", parameters: 0, tensors: [] });
    const variables = facts.files.filter(({ file }) => file.path.startsWith("variables/"));
    expect(variables.map(({ format }) => format)).toEqual(["saved-model", "saved-model"]);
  });
});

test("damage to an index or a graph leads to facts or to a clear refusal", async () => {
  const files = await unzippedFixture("readers/tf1_checkpoint.zip");
  for (const name of [/\.index$/, /\.meta$/]) {
    const { path, source } = files.find((file) => name.test(file.path)) as SourceFile;
    const bytes = await source.read(0, source.sizeBytes);
    const rest = without(files, name);
    await survivesDamage(bytes, (damaged) => inspectFiles([...rest, fileOf(path, damaged)]), 60);
  }
});
