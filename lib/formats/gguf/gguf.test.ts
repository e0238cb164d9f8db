import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  acceptedCuts,
  fileOf,
  refusalOf,
  survivesDamage,
} from "../../../tests/support/hostile-bytes.ts";
import { isGguf, readGguf } from "./gguf.ts";

const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
const u64 = (value: number | bigint) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
const text = (value: string) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
const entry = (key: string, type: number, ...value: Buffer[]) =>
  Buffer.concat([text(key), u32(type), ...value]);
const info = (name: string, dims: (number | bigint)[], type: number, offset: number | bigint) =>
  Buffer.concat([text(name), u32(dims.length), ...dims.map(u64), u32(type), u64(offset)]);

type Parts = {
  version?: number;
  entries?: Buffer[];
  tensors?: Buffer[];
  counts?: [bigint, bigint];
  dataBytes?: number;
};

function gguf({
  version = 3,
  entries = [],
  tensors = [],
  counts,
  dataBytes = 0,
}: Parts): Uint8Array {
  const [tensorCount, entryCount] = counts ?? [BigInt(tensors.length), BigInt(entries.length)];
  const head = Buffer.concat([
    Buffer.from("GGUF"),
    u32(version),
    u64(tensorCount),
    u64(entryCount),
    ...entries,
    ...tensors,
  ]);
  return Buffer.concat([head, Buffer.alloc(((32 - (head.length % 32)) % 32) + dataBytes)]);
}

const GOOD = gguf({
  entries: [
    entry("general.architecture", 8, text("llama")),
    entry("llama.block_count", 4, u32(2)),
    entry("general.quantized", 7, Buffer.from([1])),
    entry("tokenizer.ggml.tokens", 9, u32(8), u64(2), text("a"), text("b")),
    entry("tokenizer.ggml.scores", 9, u32(6), u64(2), Buffer.alloc(8)),
    entry("tokenizer.chat_template", 8, text("{% for m in messages %}{{ m.content }}{% endfor %}")),
  ],
  tensors: [info("token_embd.weight", [64, 4], 2, 0), info("norm.weight", [8], 0, 160)],
  dataBytes: 192,
});

const read = (bytes: Uint8Array) => readGguf(fileOf("model.gguf", bytes));
const tensors = (...infos: Buffer[]) => gguf({ tensors: infos, dataBytes: 64 });

test("metadata and tensors are the file's, quantised ones with their block sizes", async () => {
  const facts = await read(GOOD);
  expect(facts.producer).toEqual({
    gguf_version: "3",
    tokenizer_vocabulary: "2",
    chat_template: "yes",
    "general.architecture": "llama",
    "llama.block_count": "2",
    "general.quantized": "true",
    "tokenizer.ggml.tokens": "[2 items]",
    "tokenizer.ggml.scores": "[2 items]",
    "tokenizer.chat_template": "{% for m in messages %}{{ m.content }}{% endfor %}",
  });
  expect(facts.parameters).toBe(264);
  expect(facts.tensors).toEqual([
    {
      name: "token_embd.weight",
      dtype: "Q4_0",
      shape: [64, 4],
      sizeBytes: 144,
      file: "model.gguf",
    },
    { name: "norm.weight", dtype: "F32", shape: [8], sizeBytes: 32, file: "model.gguf" },
  ]);
  expect(facts.findings).toEqual([]);
});

test.each([
  "{{ ''.__class__.__mro__[1].__subclasses__() }}",
  "{{ messages | attr('__cl' ~ 'ass__') }}",
])("a chat template that climbs to the interpreter is suspicious: %s", async (hostile) => {
  const bytes = gguf({ entries: [entry("tokenizer.chat_template", 8, text(hostile))] });
  expect((await read(bytes)).findings).toMatchObject([{ code: "gguf_chat_template" }]);
});

describe("refuses", () => {
  const huge = 2n ** 64n - 1n;
  const cases: [string, Uint8Array, RegExp][] = [
    ["2^64 tensors", gguf({ counts: [huge, 0n] }), /18446744073709551615 tensors/],
    ["2^64 metadata entries", gguf({ counts: [0n, huge] }), /metadata entries/],
    ["a key of 2^64 bytes", gguf({ entries: [u64(huge)] }), /bytes of text/],
    [
      "a text of 2^63 bytes",
      gguf({ entries: [Buffer.concat([text("k"), u32(8), u64(2n ** 63n)])] }),
      /bytes of text/,
    ],
    [
      "a list of 2^62 numbers",
      gguf({ entries: [entry("k", 9, u32(4), u64(2n ** 62n))] }),
      /list items/,
    ],
    [
      "a list longer than the file",
      gguf({ entries: [entry("k", 9, u32(10), u64(30))] }),
      /too early/,
    ],
    [
      "lists nested too deep",
      gguf({
        entries: [
          entry("k", 9, ...Array.from({ length: 50 }, () => Buffer.concat([u32(9), u64(1)]))),
        ],
      }),
      /nested/,
    ],
    ["an unknown value type", gguf({ entries: [entry("k", 77)] }), /unknown type 77/],
    ["a key twice", gguf({ entries: [entry("k", 4, u32(1)), entry("k", 4, u32(1))] }), /twice/],
    ["a zero alignment", gguf({ entries: [entry("general.alignment", 4, u32(0))] }), /alignment/],
    [
      "dimensions that overflow",
      tensors(info("w", [2n ** 52n, 2n ** 52n], 0, 0)),
      /number can hold/,
    ],
    ["a dimension near 2^64", tensors(info("w", [huge], 0, 0)), /elements in a dimension/],
    ["four billion dimensions", tensors(Buffer.concat([text("w"), u32(0xffffffff)])), /dimensions/],
    [
      "an unknown tensor type with more elements than bytes",
      gguf({ tensors: [info("w", [2n ** 50n], 999, 0)], dataBytes: 32 }),
      /more elements than its 32 bytes/,
    ],
    ["a big-endian version 1", gguf({ version: 0x0100_0000 }), /version 1 /],
    ["a broken block", tensors(info("w", [33], 2, 0)), /whole blocks/],
    ["an unaligned tensor", tensors(info("w", [4], 0, 4)), /not aligned/],
    ["a tensor past the end", tensors(info("w", [32], 0, 0)), /cut short/],
    ["an offset near 2^64", tensors(info("w", [4], 0, huge - 31n)), /cut short/],
    ["an unknown version", gguf({ version: 99 }), /version 99/],
    ["the version that had 32-bit lengths", gguf({ version: 1 }), /version 1 /],
  ];
  test.each(cases)("%s", async (_, bytes, sentence) => {
    const refusal = await refusalOf(() => read(bytes));
    expect(refusal).toMatch(/^invalid_model_file: model\.gguf cannot be read/);
    expect(refusal).toMatch(sentence);
  });
});

test("a file cut before the end of its last tensor is refused", async () => {
  const needed = GOOD.length;
  expect(await acceptedCuts(GOOD.slice(0, needed), read)).toEqual([]);
});

test("random damage leads to facts or to a clear refusal", async () => {
  await survivesDamage(GOOD, read);
});

test("is told by its magic number", () => {
  expect(isGguf(GOOD)).toBe(true);
  expect(isGguf(Buffer.from("GGML"))).toBe(false);
  expect(isGguf(new Uint8Array(0))).toBe(false);
});

test("a file of the gguf library says how it was quantized, and its tokenizer", async () => {
  const bytes = readFileSync(new URL("../fixtures/readers/tokenizer.gguf", import.meta.url));
  expect((await read(bytes)).producer).toMatchObject({
    quantization: "Q4_K_M",
    tokenizer_model: "gpt2",
    tokenizer_vocabulary: "3",
    chat_template: "yes",
    "general.architecture": "llama",
  });
});
