import { describe, expect, test } from "vitest";
import { fileOf, refusalOf, survivesDamage } from "../../../tests/support/hostile-bytes.ts";
import type { SourceFile } from "../contract.ts";
import { unzippedFixture } from "../fixtures/unzipped.ts";
import { inspectFiles } from "../inspect/inspect.ts";

const FILES = await unzippedFixture("readers/distributed.zip");
const bytesOf = ({ source }: SourceFile) => source.read(0, source.sizeBytes);
const [metadata, data] = [".metadata", "__0_0.distcp"].map((name) =>
  FILES.find(({ path }) => path === name),
) as [SourceFile, SourceFile];

test("a distributed checkpoint has its tensors, in whichever order its files come", async () => {
  for (const files of [
    [metadata, data],
    [data, metadata],
  ]) {
    const facts = await inspectFiles(files);
    expect(facts).toMatchObject({
      framework: "pytorch",
      format: "torch-distributed",
      parameters: 52,
      dtypes: { F32: 52 },
    });
    expect(facts.tensors.map(({ name, shape, file }) => `${name} ${shape} ${file}`)).toEqual([
      "model.b 3 __0_0.distcp",
      "model.l.weight 7,6 __0_0.distcp",
      "model.l.bias 7 __0_0.distcp",
    ]);
    const part = facts.files.find(({ file }) => file.path === data.path);
    expect(part?.format).toBe("torch-distributed");
    expect(part?.slices).toHaveLength(4);
  }
});

test("metadata without any of its files is a note", async () => {
  const facts = await inspectFiles([metadata]);
  expect(facts).toMatchObject({ format: "torch-distributed", tensors: [], parameters: null });
  expect(facts.files[0]?.reading?.findings).toMatchObject([{ code: "checkpoint_without_data" }]);
});

describe("refuses", () => {
  test("a file that is cut short", async () => {
    const cut = fileOf(data.path, (await bytesOf(data)).slice(0, -1));
    expect(await refusalOf(() => inspectFiles([metadata, cut]))).toMatch(
      /^invalid_model_file: \.metadata .*ends after the end of __0_0\.distcp/,
    );
  });

  test("a file without the metadata that says what is in it", async () => {
    expect(await refusalOf(() => inspectFiles([data]))).toMatch(/^invalid_model_file: __0_0\.dist/);
  });

  test("offsets that no file has", async () => {
    const bytes = Buffer.from(await bytesOf(metadata));
    // The offset 1261, a number of two bytes.
    const at = bytes.indexOf(Buffer.from([0x4d, 1261 & 255, 1261 >> 8]));
    bytes.set([0x4d, 0xff, 0xff], at);
    const hostile = fileOf(metadata.path, bytes);
    expect(await refusalOf(() => inspectFiles([hostile, data]))).toMatch(/ends after the end/);
  });
});

test("damage to the metadata leads to facts or to a clear refusal", async () => {
  const bytes = await bytesOf(metadata);
  const read = (damaged: Uint8Array) => inspectFiles([fileOf(metadata.path, damaged), data]);
  await survivesDamage(bytes, read, 100);
});
