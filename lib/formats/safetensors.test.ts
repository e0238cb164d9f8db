import { describe, expect, test } from "vitest";
import { growthOf, LINEAR_GROWTH } from "../../tests/support/cost.ts";
import {
  acceptedCuts,
  fileOf,
  refusalOf,
  survivesDamage,
} from "../../tests/support/hostile-bytes.ts";
import { HEAD_BYTES } from "./bytes/reader.ts";
import { isSafetensors, MAX_HEADER_BYTES, readSafetensors } from "./safetensors.ts";

/** A file from the header's text as it stands, so that it may say anything. */
function raw(header: string, dataBytes: number, claimedLength?: bigint): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, claimedLength ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (dtype: string, shape: number[], begin: number, end: number) =>
  JSON.stringify({ dtype, shape, data_offsets: [begin, end] });
const GOOD = `{"__metadata__":{"format":"pt"},"b":${entry("F32", [2, 3], 0, 24)},"a":${entry("I64", [], 24, 32)}}`;

const read = (bytes: Uint8Array) => readSafetensors(fileOf("model.safetensors", bytes));
const detect = (bytes: Uint8Array) =>
  isSafetensors(bytes.subarray(0, HEAD_BYTES), fileOf("", bytes).source);

test("names, dtypes, shapes and bytes are the header's", async () => {
  const facts = await read(raw(GOOD, 32));
  expect(facts).toMatchObject({ format: "safetensors", framework: "pytorch", parameters: 7 });
  expect(facts.producer).toEqual({ format: "pt" });
  expect(facts.tensors).toEqual([
    { name: "b", dtype: "F32", shape: [2, 3], sizeBytes: 24, file: "model.safetensors" },
    { name: "a", dtype: "I64", shape: [], sizeBytes: 8, file: "model.safetensors" },
  ]);
});

test.each([
  ["pt", "pytorch"],
  ["tf", "tensorflow"],
  ["mlx", "safetensors"],
])("a file saved by %s is of the framework %s", async (format, framework) => {
  const header = `{"__metadata__":{"format":"${format}"},"a":${entry("U8", [1], 0, 1)}}`;
  expect((await read(raw(header, 1))).framework).toBe(framework);
});

test("a name that is a JavaScript property is a name like any other", async () => {
  const facts = await read(raw(`{"__proto__":${entry("U8", [2], 0, 2)}}`, 2));
  expect(facts.tensors.map(({ name }) => name)).toEqual(["__proto__"]);
});

test("control characters and lone surrogates in names are shown as escapes", async () => {
  const facts = await read(raw(`{"a\\u0000b\\ud800":${entry("U8", [1], 0, 1)}}`, 1));
  expect(facts.tensors[0]?.name).toBe("a\\u0000b\ufffd");
});

describe("refuses", () => {
  const cases: [string, Uint8Array, RegExp][] = [
    ["a header longer than the file", raw(GOOD, 32, 10_000n), /file ends before/],
    ["a header over the limit", raw(GOOD, 32, BigInt(MAX_HEADER_BYTES) + 1n), /allows 100000000/],
    ["a length near 2^64", raw(GOOD, 32, 2n ** 64n - 1n), /allows 100000000/],
    [
      "a duplicate tensor",
      raw(`{"a":${entry("U8", [1], 0, 1)},"a":${entry("U8", [1], 0, 1)}}`, 1),
      /twice/,
    ],
    [
      "a duplicate dtype",
      raw('{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}', 1),
      /twice/,
    ],
    [
      "overlapping tensors",
      raw(`{"a":${entry("U8", [4], 0, 4)},"b":${entry("U8", [4], 2, 6)}}`, 6),
      /overlaps/,
    ],
    [
      "a hole",
      raw(`{"a":${entry("U8", [1], 0, 1)},"b":${entry("U8", [1], 2, 3)}}`, 3),
      /hole of 1/,
    ],
    ["a hole before the first", raw(`{"a":${entry("U8", [1], 1, 2)}}`, 2), /hole of 1/],
    ["bytes after the data", raw(GOOD, 33), /1 bytes follow/],
    ["missing data", raw(GOOD, 31), /32 bytes and 31/],
    [
      "a shape whose product overflows",
      raw(`{"a":${entry("U8", [2 ** 52, 2 ** 52], 0, 0)}}`, 0),
      /number can hold/,
    ],
    [
      "a shape that is not the data's",
      raw(`{"a":${entry("F32", [3], 0, 4)}}`, 4),
      /needs 12 bytes and has 4/,
    ],
    ["offsets in reverse", raw(`{"a":${entry("U8", [1], 1, 0)}}`, 1), /has -1/],
    [
      "an unknown dtype with more elements than bytes",
      raw(`{"a":${entry("F13", [17], 0, 1)}}`, 1),
      /more elements than its 1 bytes/,
    ],
    ["a dtype that is no name", raw(`{"a":${entry("<F3>", [1], 0, 1)}}`, 1), /no name of a type/],
    ["a negative size", raw(`{"a":${entry("U8", [-1], 0, 1)}}`, 1), /short list of sizes/],
    [
      "a fractional size",
      raw('{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}}', 1),
      /short list of sizes/,
    ],
    [
      "an unknown key",
      raw('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}', 1),
      /exactly/,
    ],
    ["a header that is no object", raw("[]", 0), /begin with/],
    ["a header with a blank first", raw(` ${GOOD}`, 32), /begin with/],
    ["deep nesting", raw(`{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`, 0), /nested/],
    ["text after the header", raw(`${GOOD}x`, 32), /follows the end/],
    ["metadata that is no text", raw('{"__metadata__":{"a":1}}', 0), /no text/],
    ["a header that is not UTF-8", raw(GOOD, 32).fill(0xff, 20, 21), /UTF-8/],
  ];
  test.each(cases)("%s", async (_, bytes, sentence) => {
    const refusal = await refusalOf(() => read(bytes));
    expect(refusal).toMatch(/^invalid_model_file: model\.safetensors cannot be read/);
    expect(refusal).toMatch(sentence);
  });
});

test("a file cut anywhere is refused", async () => {
  expect(await acceptedCuts(raw(GOOD, 32), read)).toEqual([]);
});

test("random damage leads to facts or to a clear refusal", async () => {
  await survivesDamage(raw(GOOD, 32), read);
});

test.each([
  ["braces", (n: number) => "{".repeat(4_000_000 * n)],
  ["backslashes", (n: number) => `{"${"\\".repeat(8_000_000 * n)}`],
])("millions of %s are refused in linear time", async (_, header) => {
  const [small, large] = [raw(header(1 / 4), 0), raw(header(1), 0)];
  const tried = (scale: number) => refusalOf(() => read(scale < 1 ? small : large));
  expect(await growthOf(tried)).toBeLessThan(LINEAR_GROWTH);
});

test("is told by its bytes, also when it lies about its header's length", () => {
  expect(detect(raw(GOOD, 32))).toBe(true);
  expect(detect(raw("{}", 0))).toBe(true);
  expect(detect(raw(GOOD, 32, 2n ** 64n - 1n))).toBe(true);
  expect(detect(new TextEncoder().encode('var x = {"a": 1, "b": 2};\n'))).toBe(false);
  expect(detect(new TextEncoder().encode("{}"))).toBe(false);
});
