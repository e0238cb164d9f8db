import { readFile } from "node:fs/promises";
import { afterEach, expect, it } from "vitest";
import { type ZipMember, zipOf } from "#lib/formats/fixtures/write-zip.ts";
import { tinyModel } from "../../tests/support/model-files.ts";
import { type Files, modelRegistry } from "../../tests/support/model-registry.ts";
import { expandArchive } from "./expand-archive.ts";
import { discardFiles, type StagedFile } from "./staged-file.ts";

const registry = modelRegistry();
const staged: StagedFile[] = [];
afterEach(() => discardFiles(staged.splice(0)));

/** The files of the version; `staged` is what its owner has to discard afterwards. */
async function expand(files: Files, ctx = registry.ctx): Promise<StagedFile[]> {
  staged.push(...(await registry.stage(files)));
  return expandArchive(ctx, staged);
}
const pathsOf = (files: readonly StagedFile[]) => files.map(({ path }) => path);
const member = (name: string, text = "text"): ZipMember => ({ name, bytes: Buffer.from(text) });
const GRAPH = member("saved_model.pb");

it("unpacks a SavedModel, and takes its one common folder away", async () => {
  const names = ["my_model/saved_model.pb", "my_model/variables/variables.index"];
  const files = await expand({ "m.zip": zipOf(names.map((name) => member(name, name))) });
  expect(pathsOf(files)).toEqual(["saved_model.pb", "variables/variables.index"]);
  expect(files[0]?.sizeBytes).toBe("my_model/saved_model.pb".length);
  // The archive itself, and what came out of it.
  expect(staged).toHaveLength(3);
});

it("keeps the folders of an archive that has more than one", async () => {
  const files = await expand({ "m.zip": zipOf([GRAPH, member("assets/words.txt")]) });
  expect(pathsOf(files)).toEqual(["saved_model.pb", "assets/words.txt"]);
});

it("unpacks the bytes exactly", async () => {
  const archive = await readFile("lib/formats/fixtures/saved_model.zip");
  const [graph] = (await expand({ "m.zip": archive })).filter(({ path }) =>
    path.endsWith("saved_model.pb"),
  );
  const reader = await graph?.writer?.openReader();
  const head = Buffer.alloc(1);
  await reader?.read(head, 0);
  await reader?.close();
  // Field 1 of the message SavedModel: its schema version.
  expect(head[0]).toBe(8);
});

it.each<[string, Files]>([
  ["no archive", { "model.safetensors": tinyModel() }],
  ["an archive without a SavedModel", { "m.zip": zipOf([member("weights.bin")]) }],
  ["a damaged zip", { "m.zip": zipOf([GRAPH]).subarray(0, 30) }],
  ["several files", { "m.zip": zipOf([GRAPH]), "notes.txt": "text" }],
])("leaves %s as it is, and stages nothing", async (_, files) => {
  expect(pathsOf(await expand(files))).toEqual(Object.keys(files));
  expect(staged).toHaveLength(Object.keys(files).length);
});

it.each([
  ["../evil", "unsafe_archive"],
  ["/etc/evil", "unsafe_archive"],
])("refuses the member %s, and what was unpacked is known to its owner", async (name, code) => {
  const archive = zipOf([GRAPH, member(name)]);
  await expect(expand({ "m.zip": archive })).rejects.toMatchObject({ code });
  expect(pathsOf(staged)).toEqual(["m.zip", "saved_model.pb"]);
});

it("refuses more files than a version may have", async () => {
  const { ctx } = registry;
  const storage = { ...ctx.config.storage, maxFilesPerVersion: 2 };
  const few = { ...ctx, config: { ...ctx.config, storage } };
  const names = ["saved_model.pb", "a", "b"];
  await expect(
    expand({ "m.zip": zipOf(names.map((name) => member(name))) }, few),
  ).rejects.toMatchObject({ code: "unsafe_archive" });
});

it("refuses a member whose bytes are not what the archive says", async () => {
  const archive = zipOf([{ ...GRAPH, crc: 1 }]);
  await expect(expand({ "m.zip": archive })).rejects.toMatchObject({ code: "invalid_model_file" });
});
