/** The golden files of the format's version are read, and written again as they were. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseDirectory, parseFooter } from "../directory.ts";
import { FOOTER_BYTES, FORMAT_VERSION } from "../format.ts";
import { openMrz } from "../open-mrz.ts";
import { decode, sourceOf } from "../test-blobs.ts";
import { encodeGolden } from "./encode-golden.ts";
import { GOLDEN_BLOBS } from "./golden-blobs.ts";

const fileOf = (name: string) =>
  readFileSync(new URL(`./v${FORMAT_VERSION}/${name}.mrz`, import.meta.url));

test.each(GOLDEN_BLOBS)("$name decodes bit for bit", async ({ name, bytes, base }) => {
  const baseBytes = GOLDEN_BLOBS.find((other) => other.name === base)?.bytes;
  const reader = await openMrz({
    file: sourceOf(fileOf(name)),
    openSource: async () => sourceOf(baseBytes ?? new Uint8Array(0)),
  });
  expect(Buffer.compare(await decode(reader), bytes)).toBe(0);
});

/** Everything but lengths of zstd frames, which another zstd may make a little longer or shorter. */
function structureOf(file: Uint8Array) {
  const place = parseFooter(file.subarray(-FOOTER_BYTES), file.length);
  const bytes = file.subarray(place.offset, place.offset + place.lengthBytes);
  const { blocks, ...directory } = parseDirectory(bytes, place);
  const entries = Array.from({ length: blocks.count }).map((_empty, block) => {
    const { payloadBytes: _, piece, ...entry } = blocks.entry(block);
    return { ...entry, piece: Buffer.from(piece).toString("hex") };
  });
  return { ...directory, entries };
}

test.each(GOLDEN_BLOBS)("$name is encoded as it was", async (blob) => {
  const golden = fileOf(blob.name);
  expect(structureOf((await encodeGolden(blob)).file)).toEqual(structureOf(golden));
});

test("the golden files show every encoding", () => {
  const seen = GOLDEN_BLOBS.flatMap(({ name }) =>
    structureOf(fileOf(name)).entries.map(({ encoding }) => encoding),
  );
  expect([...new Set(seen)].sort()).toEqual([
    "delta",
    "fill",
    "grouped",
    "raw",
    "reference",
    "repeat",
    "zstd",
  ]);
});

test("the example of the documentation is the golden file", () => {
  const page = readFileSync(new URL("../../../docs/mrz-format.md", import.meta.url), "utf8");
  const example = /```hex\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
  const hex = example.split("\n").map((line) => line.split(/ {3,}/)[0]?.replaceAll(" ", ""));
  expect(hex.join("")).toBe(fileOf("text").toString("hex"));
});
