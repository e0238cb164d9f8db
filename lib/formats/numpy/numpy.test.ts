import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  acceptedCuts,
  fileOf,
  refusalOf,
  sparseSource,
  survivesDamage,
} from "../../../tests/support/hostile-bytes.ts";
import { zipOf } from "../fixtures/write-zip.ts";
import { inspectFiles } from "../inspect/inspect.ts";
import { npyHeaderBytes, parseNpyHeader } from "./npy-header.ts";
import { readNumpy } from "./numpy.ts";
import { LiteralProblem, parsePythonLiteral } from "./python-literal.ts";

const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/numpy/${name}`, import.meta.url));
type Expected = { shape: number[]; bytes: number; dtype: string; fortran: boolean };
const EXPECTED: Record<string, { arrays: Record<string, Expected> }> = JSON.parse(
  fixture("expected.json").toString(),
);

/** NumPy's `dtype.str` in safetensors' spelling, where that has one. */
const spelled = (dtype: string) => {
  const [, kind = "", bytes = ""] = /^[<>|=]([a-zA-Z])(\d+)/.exec(dtype) ?? [];
  if (kind === "U" || kind === "S") return "STRING";
  if (kind === "V") return "STRUCT";
  if (kind === "b") return "BOOL";
  const letter: Record<string, string> = { f: "F", i: "I", u: "U", c: "C" };
  return letter[kind] ? `${letter[kind]}${Number(bytes) * 8}` : dtype.slice(1);
};

describe("what NumPy has written", () => {
  test.each(Object.keys(EXPECTED))("%s is read as NumPy reads it", async (name) => {
    const { arrays } = EXPECTED[name] as { arrays: Record<string, Expected> };
    const facts = await inspectFiles([fileOf(name, fixture(name))]);
    expect(facts).toMatchObject({ format: "numpy", framework: "other", parameters: null });
    expect(
      Object.fromEntries(
        facts.tensors.map(({ name: array, dtype, shape, sizeBytes }) => [
          array,
          { dtype, shape, sizeBytes },
        ]),
      ),
    ).toEqual(
      Object.fromEntries(
        Object.entries(arrays).map(([array, { dtype, shape, bytes }]) => [
          array,
          { dtype: spelled(dtype), shape, sizeBytes: bytes },
        ]),
      ),
    );
  });

  test("says the order of the elements, of the bytes, and the version of the format", async () => {
    const producer = async (name: string) =>
      (await inspectFiles([fileOf(name, fixture(name))])).producer;
    expect(await producer("fortran.npy")).toEqual({
      producer_name: "numpy",
      npy_format: "1.0",
      numpy_order: "Fortran",
    });
    expect(await producer("big.npy")).toMatchObject({ numpy_byteorder: "big", numpy_order: "C" });
    expect(await producer("unicode_fields.npy")).toMatchObject({ npy_format: "3.0" });
    expect(await producer("deflated.npz")).toMatchObject({
      npz_arrays: String(Object.keys(EXPECTED["deflated.npz"]?.arrays ?? {}).length),
      numpy_order: "C, Fortran",
    });
  });

  test("of objects nothing is read but that they are objects", async () => {
    const { tensors } = await inspectFiles([fileOf("o.npy", fixture("objects.npy"))]);
    expect(tensors).toMatchObject([{ name: "o", dtype: "OBJECT", shape: [2], sizeBytes: 0 }]);
  });

  test("two files of one name and shape are two arrays", async () => {
    const bytes = fixture("f32.npy");
    const facts = await inspectFiles([fileOf("a/w.npy", bytes), fileOf("b/w.npy", bytes)]);
    expect(facts.tensors.map(({ name, file }) => [name, file])).toEqual([
      ["a/w", "a/w.npy"],
      ["b/w", "b/w.npy"],
    ]);
  });

  test("arrays beside a model are not the model", async () => {
    const model = readFileSync(new URL("../fixtures/sklearn.pkl", import.meta.url));
    const facts = await inspectFiles([
      fileOf("large.npz", fixture("stored.npz")),
      fileOf("model.pkl", model),
    ]);
    expect(facts).toMatchObject({ format: "pickle", framework: "sklearn" });
    expect(facts.files.map(({ format, isLoaded }) => [format, isLoaded])).toEqual([
      ["numpy", true],
      ["pickle", true],
    ]);
  });
});

test("an array of 50 GB costs its header", async () => {
  const header = npyOf("{'descr': '<f4', 'fortran_order': False, 'shape': (12500000000,), }");
  const source = sparseSource(header.length + 50e9, [{ offset: 0, bytes: header }]);
  const { tensors } = await readNumpy({ path: "w.npy", source });
  expect(tensors).toMatchObject([{ shape: [12_500_000_000], sizeBytes: 50e9 }]);
  expect(source.bytesRead()).toBeLessThan(10_000);
});

function npyOf(header: string, major = 1): Buffer {
  const text = Buffer.from(header, "latin1");
  const start = Buffer.alloc(major === 1 ? 10 : 12);
  start.write("\x93NUMPY", "latin1");
  start[6] = major;
  if (major === 1) start.writeUInt16LE(text.length, 8);
  else start.writeUInt32LE(text.length, 8);
  return Buffer.concat([start, text]);
}
const headerOf = (descr: string, shape: string) =>
  npyOf(`{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }`);

describe("hostile headers", () => {
  test.each([
    headerOf("'<f'", "(1,)"),
    headerOf("'<f4'", "(-1,)"),
    headerOf("'<f4'", "(9007199254740993,)"),
    headerOf("'<f4'", `(${"65536,".repeat(5)})`),
    headerOf("'<f8'", "(9007199254740991,)"),
    headerOf("'<f4'", `(${"1,".repeat(65)})`),
    headerOf("'<f4'", "None"),
    headerOf("'<f4'", "('1',)"),
    headerOf("[]", "(1,)"),
    headerOf("[('x',)]", "(1,)"),
    headerOf("['x']", "(1,)"),
    headerOf("[('x', '<f4', (-1,))]", "(1,)"),
    headerOf(`${"[('x',".repeat(1000)}'<f4'${")]".repeat(1000)}`, "(1,)"),
    headerOf("__import__('os')", "(1,)"),
    npyOf("{'descr': '<f4', 'fortran_order': False}"),
    npyOf("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}"),
    npyOf("{'descr': '<f4', 'descr': '|O', 'fortran_order': False, 'shape': (1,)}"),
    npyOf(""),
    npyOf("{", 4),
    Buffer.from("\x93NUMPY\x02\x00\xff\xff\xff\xff{}", "latin1"),
  ])("make no array (%#)", async (bytes) => {
    expect(parseNpyHeader(bytes)).toBeNull();
    const facts = await inspectFiles([fileOf("a.npy", bytes)]);
    expect(facts).toMatchObject({ format: "unknown", tensors: [] });
  });

  test("an array that is cut short is refused, and so is one in an archive", async () => {
    const cut = headerOf("'<f4'", "(2,)");
    const sentence = /invalid_model_file: a\.np.*takes 8 bytes and 0 are there/;
    expect(await refusalOf(() => inspectFiles([fileOf("a.npy", cut)]))).toMatch(sentence);
    const archive = zipOf([{ name: "w.npy", bytes: cut }]);
    expect(await refusalOf(() => inspectFiles([fileOf("a.npz", archive)]))).toMatch(sentence);
    const accepted = await acceptedCuts(fixture("f32.npy"), (bytes) =>
      readNumpy(fileOf("a.npy", bytes)),
    );
    expect(accepted).toEqual([]);
  });

  test("a header in an archive that cannot be read is refused by its name", async () => {
    const members = [fixture("f32.npy"), npyOf("{}")].map((bytes, at) => ({
      name: `${at}.npy`,
      bytes,
    }));
    const refusal = await refusalOf(() => inspectFiles([fileOf("a.npz", zipOf(members))]));
    expect(refusal).toMatch(/the header of 1\.npy cannot be read/);
  });

  test("damage to any of the files leads to facts or to a clear refusal", async () => {
    for (const name of ["records.npy", "stored.npz", "deflated.npz"]) {
      await survivesDamage(fixture(name), (bytes) => inspectFiles([fileOf("a", bytes)]), 60);
    }
  });
});

describe("literals of Python", () => {
  test("are read as Python reads them", () => {
    const text = `{'a': (1, 2L), "b": [True, False, None], 'c': ('x'), 'd': (), 'e': b'y', 'f': (3,), 'g\\'': -4}`;
    expect(parsePythonLiteral(text)).toEqual(
      new Map<string, unknown>([
        ["a", [1, 2]],
        ["b", [true, false, null]],
        ["c", "x"],
        ["d", []],
        ["e", "y"],
        ["f", [3]],
        ["g'", -4],
      ]),
    );
  });

  test.each([
    "",
    "{",
    "{1: 2}",
    "{'a'}",
    "{'a': }",
    "{'a': 1 'b': 2}",
    "{'a': 1,, }",
    "[1 2]",
    "[,]",
    "1.5",
    "0x10",
    "1 1",
    "'a",
    "'a\nb'",
    "Truex",
    "open('x')",
    "(".repeat(100_000),
    "[".repeat(20) + "]".repeat(20),
    "9".repeat(17),
  ])("%j is none that a header has", (text) => {
    expect(() => parsePythonLiteral(text)).toThrow(LiteralProblem);
  });

  test("any text is read or refused, quickly", () => {
    const parts = ["{", "}", "(", ")", "[", "]", ",", ":", "'a'", "1", "True", " ", "\\", "'", "L"];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 200 }), (texts) => {
        try {
          parsePythonLiteral(texts.join(""));
        } catch (error) {
          if (!(error instanceof LiteralProblem)) throw error;
        }
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        npyHeaderBytes(bytes);
        parseNpyHeader(Buffer.concat([Buffer.from("\x93NUMPY\x01\x00", "latin1"), bytes]));
      }),
    );
  });
});
