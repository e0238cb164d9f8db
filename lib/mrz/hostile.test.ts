/** Files that are damaged or made to do harm: the exact bytes or `storage_corrupt`, never anything else. */
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isRegistryError } from "#lib/errors.ts";
import {
  ENTRY_BYTES,
  FOOTER_BYTES,
  FORMAT_VERSION,
  HEAD_BYTES,
  otherVersionOf,
  SUMMARY_BYTES,
} from "./format.ts";
import { openMrz } from "./open-mrz.ts";
import {
  decode,
  encode,
  layOut,
  noise,
  open,
  sourceOf,
  toBfloat16,
  weights,
} from "./test-blobs.ts";

const BLOB = layOut(
  [
    { name: "w", dtype: "BF16", bytes: toBfloat16(weights(40_000)) },
    { name: "v", dtype: "F32", bytes: new Uint8Array(weights(20_000, 2).buffer) },
    { name: "v2", dtype: "F32", bytes: new Uint8Array(weights(20_000, 2).buffer) },
    { name: "zero", dtype: "F32", bytes: new Uint8Array(70_000) },
    { name: "noise", dtype: "U8", bytes: noise(66_000) },
  ],
  Buffer.from("some text ".repeat(200)),
);
const { file: FILE } = await encode(BLOB.bytes, BLOB.regions);

/** What reading gives: the bytes, or the refusal. Anything else is rethrown. */
async function outcome(file: Uint8Array): Promise<"exact" | "refused"> {
  try {
    const bytes = await decode(await open(file));
    expect(Buffer.compare(bytes, BLOB.bytes)).toBe(0);
    return "exact";
  } catch (error) {
    if (isRegistryError(error) && error.code === "storage_corrupt") return "refused";
    throw error;
  }
}

/** A copy with the directory changed and its checksum made right again: somebody means it. */
function forged(change: (directory: Buffer, entryStart: number, footer: Buffer) => void): Buffer {
  const file = Buffer.from(FILE);
  const footer = file.subarray(-FOOTER_BYTES);
  const start = Number(footer.readBigUInt64LE(0));
  const directory = file.subarray(start, start + footer.readUInt32LE(8));
  change(directory, SUMMARY_BYTES, footer);
  footer.writeUInt32LE(crc32(directory), 12);
  return file;
}

test("the undamaged file is exact", async () => {
  expect(await outcome(FILE)).toBe("exact");
});

test("cut anywhere it is refused", async () => {
  const cuts = [0, 1, HEAD_BYTES, FILE.length >> 1, FILE.length - FOOTER_BYTES, FILE.length - 1];
  for (const length of cuts) expect(await outcome(FILE.subarray(0, length))).toBe("refused");
  await fc.assert(
    fc.asyncProperty(fc.nat(FILE.length - 1), async (length) => {
      expect(await outcome(FILE.subarray(0, length))).toBe("refused");
    }),
    { numRuns: 50 },
  );
});

test("random damage gives the exact bytes or a refusal", async () => {
  const damage = fc.record({
    at: fc.oneof(
      fc.nat(FILE.length - 1),
      fc.nat(700).map((back) => FILE.length - 1 - back),
    ),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 6 }),
    isInserted: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (damages) => {
      let file: Buffer = Buffer.from(FILE);
      for (const { at, bytes, isInserted } of damages) {
        const rest = file.subarray(at + (isInserted ? 0 : bytes.length));
        file = Buffer.concat([file.subarray(0, at), bytes, rest]);
      }
      await outcome(file);
    }),
    { numRuns: 300 },
  );
});

test("random directories with right checksums give the exact bytes or a refusal", async () => {
  const change = fc.record({
    at: fc.nat(10_000),
    value: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 127, 128, 255)),
    width: fc.integer({ min: 1, max: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const file = forged((directory) => {
        for (const { at, value, width } of changes) {
          const start = at % directory.length;
          directory.fill(value, start, Math.min(directory.length, start + width));
        }
      });
      await outcome(file);
    }),
    { numRuns: 500 },
  );
});

test("random payloads in grouped blocks give the exact bytes or a refusal", async () => {
  const change = fc.record({
    at: fc.nat(80),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(change, fc.constantFrom(1, 2), async ({ at, bytes }, block) => {
      const file = Buffer.from(FILE);
      const start = Number(file.readBigUInt64LE(file.length - FOOTER_BYTES)) + SUMMARY_BYTES;
      let payload = HEAD_BYTES;
      for (let before = 0; before < block; before += 1)
        payload += file.readUInt32LE(start + before * ENTRY_BYTES + 4);
      file.set(bytes, payload + at);
      await outcome(file);
    }),
    { numRuns: 200 },
  );
});

describe("refuses, before it believes a number", () => {
  const cases: [string, (directory: Buffer, entry: number, footer: Buffer) => void][] = [
    ["more blocks than can be", (directory) => void directory.writeUInt32LE(0xffffffff, 40)],
    ["more sources than can be", (directory) => void directory.writeUInt16LE(0xffff, 44)],
    ["a chain without sources", (directory) => void directory.writeUInt8(2, 46)],
    ["another raw length", (directory) => void directory.writeBigUInt64LE(1n << 62n, 0)],
    ["a block of 4 GiB", (directory, entry) => void directory.writeUInt32LE(0xffffffff, entry)],
    ["a block of no bytes", (directory, entry) => void directory.writeUInt32LE(0, entry)],
    [
      "a payload beyond the file",
      (directory, entry) => void directory.writeUInt32LE(2000, entry + 4),
    ],
    ["an unknown encoding", (directory, entry) => void directory.writeUInt8(7, entry + 42)],
    [
      "an element of 16 bytes",
      (directory, entry) => void directory.writeUInt8(4, entry + ENTRY_BYTES + 43),
    ],
    [
      "a phase of a whole element",
      (directory, entry) => void directory.writeUInt8(2, entry + ENTRY_BYTES + 44),
    ],
    [
      "a reference to a source that is not listed",
      (directory, entry) => void directory.writeUInt8(3, entry + 3 * ENTRY_BYTES + 42),
    ],
    [
      "a repetition of itself",
      (directory, entry) => void directory.writeBigUInt64LE(3n, entry + 3 * ENTRY_BYTES + 32),
    ],
    [
      "a repetition of a later block",
      (directory, entry) => void directory.writeBigUInt64LE(9n, entry + 3 * ENTRY_BYTES + 32),
    ],
    [
      "a repetition of a block that is as long and has other bytes",
      (directory, entry) => void directory.writeBigUInt64LE(1n, entry + 3 * ENTRY_BYTES + 32),
    ],
    ["reserved bytes in use", (directory, entry) => void directory.writeUInt8(1, entry + 47)],
    [
      "a directory outside of the file",
      (_directory, _entry, footer) => void footer.writeBigUInt64LE(1n << 60n, 0),
    ],
    [
      "a directory of 4 GiB",
      (_directory, _entry, footer) => void footer.writeUInt32LE(0xffffffff, 8),
    ],
    ["a directory of no bytes", (_directory, _entry, footer) => void footer.writeUInt32LE(0, 8)],
  ];
  test.each(cases)("%s", async (_, change) => {
    expect(await outcome(forged(change))).toBe("refused");
  });
});

describe.each([FORMAT_VERSION - 1, FORMAT_VERSION + 1])("version %i", (version) => {
  test.each([
    ["footer", FILE.length - 16],
    ["head", 8],
  ])("in the %s is refused with a sentence that names it", async (_, at) => {
    const file = Buffer.from(FILE);
    file.writeUInt16LE(version, at);
    const error = await open(file).catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({
      code: "storage_corrupt",
      detail: `The bytes are stored in version ${version} of the compressed form, which this release does not read.`,
    });
    expect(otherVersionOf(error)).toBe(version);
  });
});

test("damage is not taken for another version", async () => {
  const file = Buffer.from(FILE);
  file.writeUInt16LE(0, 8);
  const errors = [file, FILE.subarray(1), noise(500)].map((bytes) =>
    open(bytes).catch((refusal: unknown) => refusal),
  );
  for (const error of await Promise.all(errors)) {
    expect(error).toMatchObject({ code: "storage_corrupt" });
    expect(otherVersionOf(error)).toBeNull();
  }
});

test("a frame that wants hundreds of megabytes is refused without them", async () => {
  // Magic, a header with a window of 1 GiB and no content size, one raw block of one byte.
  const bomb = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa0, 0x09, 0x00, 0x00, 0x41]);
  const { file, report } = await encode(Buffer.from("text ".repeat(400)));
  expect(report.blocks.zstd.count).toBe(1);
  const forgedFile = Buffer.from(file);
  const length = forgedFile.readUInt32LE(forgedFile.length - FOOTER_BYTES - ENTRY_BYTES + 4);
  expect(length).toBeGreaterThan(bomb.length);
  forgedFile.set(bomb, HEAD_BYTES);
  const before = process.memoryUsage().rss;
  await expect(open(forgedFile).then(decode)).rejects.toMatchObject({ code: "storage_corrupt" });
  expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
});

test("a file that cannot be opened is closed", async () => {
  let closed = 0;
  const file = {
    ...sourceOf(noise(500)),
    close: async () => {
      closed += 1;
    },
  };
  await expect(
    openMrz({ file, openSource: () => Promise.reject(new Error("none")) }),
  ).rejects.toMatchObject({
    code: "storage_corrupt",
  });
  expect(closed).toBe(1);
});

test("what reading the file throws is not called damage", async () => {
  const file = { ...sourceOf(FILE), read: () => Promise.reject(new Error("no network")) };
  await expect(
    openMrz({ file, openSource: () => Promise.reject(new Error("none")) }),
  ).rejects.toThrow("no network");
});
