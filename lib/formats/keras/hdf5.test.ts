import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fileOf, refusalOf, survivesDamage } from "../../../tests/support/hostile-bytes.ts";
import { openZip, readMember } from "../archives/zip.ts";
import { zipOf } from "../fixtures/write-zip.ts";
import { inspectFiles } from "../inspect/inspect.ts";

const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/readers/${name}`, import.meta.url));
const read = (bytes: Uint8Array) => inspectFiles([fileOf("m.h5", bytes)]);
const TRAINED = fixture("trained.h5");
const KINDS = fixture("kinds.h5");

test.each(["trained.keras", "trained.h5", "trained.weights.h5"])(
  "%s has the parameters that count_params() says",
  async (name) => {
    const facts = await inspectFiles([fileOf(name, fixture(name))]);
    expect(facts).toMatchObject({ framework: "keras", parameters: 81, dtypes: { F32: 81 } });
    const model = facts.tensors.filter(({ group }) => group === undefined);
    expect(model.map(({ shape }) => String(shape)).sort()).toEqual(
      ["1", "4,8", "8", "8", "8", "8", "8", "8,1"].sort(),
    );
    const training = facts.tensors.filter(({ group }) => group === "training");
    expect(training.every(({ name: path }) => path.startsWith("optimizer"))).toBe(true);
    expect(training).toHaveLength(14);
  },
);

test("the weights of a .keras file that was compressed again are listed", async () => {
  const keras = await openZip(fileOf("m", fixture("trained.keras")).source);
  const members = keras.entries.map(async (entry) => ({
    name: entry.name,
    bytes: await readMember(keras, entry, 1_000_000),
    isDeflated: true,
  }));
  const facts = await inspectFiles([fileOf("m.keras", zipOf(await Promise.all(members)))]);
  expect(facts).toMatchObject({ format: "keras-v3", parameters: 81 });
});

test.each(["kinds.h5", "kinds_latest.h5"])("%s has an array of each kind", async (name) => {
  const { tensors, parameters, framework } = await read(fixture(name));
  expect({ parameters, framework }).toEqual({ parameters: null, framework: "other" });
  const shown = tensors.map((one) => `${one.name} ${one.dtype} ${one.shape} ${one.sizeBytes}`);
  expect(shown.sort()).toEqual([
    "a/f2 F16 2,3 12",
    "a/f8 F64 3 24",
    "a/i1 I8 4 4",
    "a/u2 U16 5 10",
    "b/b BOOL 2 2",
    "b/c C64 2 16",
    "b/chunked F32 64,64 16384",
    "b/s STRING  16",
    "b/scalar F32  4",
  ]);
});

test("groups of many members, and groups within themselves, are walked once", async () => {
  expect((await read(fixture("many.h5"))).tensors).toHaveLength(60);
  expect((await read(fixture("loop.h5"))).tensors).toMatchObject([{ shape: [2] }]);
});

test("a layout that is not read is a note", async () => {
  const facts = await read(fixture("dense.h5"));
  expect(facts).toMatchObject({ format: "hdf5", tensors: [], parameters: null });
  expect(facts.files[0]?.reading?.findings).toMatchObject([{ code: "hdf5_not_listed" }]);
});

test.each([
  ["external.h5", ["w", "linked"]],
  ["virtual.h5", ["w"]],
])("%s takes values from elsewhere, which is suspicious", async (name, places) => {
  const findings = (await read(fixture(name))).files[0]?.reading?.findings ?? [];
  expect(findings).toHaveLength(places.length);
  for (const [at, place] of places.entries()) {
    expect(findings[at]).toMatchObject({ severity: "suspicious", code: "hdf5_other_file" });
    expect(findings[at]?.detail).toContain(` ${place} `);
  }
});

describe("refuses", () => {
  /** `bytes` with what follows the first `mark` replaced, `skip` bytes after its beginning. */
  const patched = (bytes: Buffer, mark: string, skip: number, patch: number[]) => {
    const copy = Buffer.from(bytes);
    copy.set(patch, copy.indexOf(mark, 0, "latin1") + skip);
    return copy;
  };
  const huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
  const small = Buffer.from([4, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0]).toString("latin1");
  const cases: [string, Uint8Array, RegExp][] = [
    ["a file that was cut", TRAINED.subarray(0, TRAINED.length - 1), /cut short/],
    ["a superblock alone", TRAINED.subarray(0, 96), /cut short/],
    ["a heap near 2^64", patched(TRAINED, "HEAP", 8, huge), /ends too early/],
    ["a heap elsewhere", patched(TRAINED, "HEAP", 24, huge), /ends too early/],
    ["a node that is none", patched(TRAINED, "TREE", 0, [0]), /damaged/],
    ["a tree that is its own child", selfTree(), /no end/],
    ["entries beyond the file", patched(KINDS, "SNOD", 6, [0xff, 0xff]), /ends too early/],
    ["a shape near 2^64", patched(TRAINED, small, 0, huge), /sizes that no array/],
    ["a shape that is not its bytes'", patched(TRAINED, small, 0, [5]), /needs 160 bytes/],
  ];
  test.each(cases)("%s", async (_, bytes, sentence) => {
    const refusal = await refusalOf(() => read(bytes));
    expect(refusal).toMatch(/^invalid_model_file: m\.h5 cannot be read as HDF5 file/);
    expect(refusal).toMatch(sentence);
  });

  function selfTree(): Buffer {
    const copy = Buffer.from(TRAINED);
    const at = copy.indexOf("TREE");
    copy.writeBigUInt64LE(BigInt(at), at + 32);
    return copy;
  }
});

test("damage leads to facts or to a clear refusal", async () => {
  for (const bytes of [KINDS, fixture("kinds_latest.h5")]) await survivesDamage(bytes, read, 150);
});
