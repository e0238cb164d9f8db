import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { areSumsOf, BlockSummer, countBlocks, SUM_BLOCK_BYTES } from "#lib/storage/block-sums.ts";
import { CheckedReader } from "./checked-reader.ts";
import { BlockSet, TrustedBlocks } from "./trusted-blocks.ts";

const SIZE = 5 * SUM_BLOCK_BYTES + 1234;
const refused = { code: "storage_corrupt" };

function sumsOf(bytes: Uint8Array): Uint8Array {
  const summer = new BlockSummer();
  for (let at = 0, step = 1; at < bytes.length; at += step, step = (step * 5 + 3) % 400_001)
    summer.update(bytes.subarray(at, at + step));
  return summer.digest();
}

/** A blob in memory, and how many bytes were read of it. */
function store(isTrusting: boolean) {
  const bytes = randomBytes(SIZE);
  const seen = { bytes: 0 };
  const trusted = isTrusting ? new BlockSet(countBlocks(SIZE)) : null;
  const file = {
    sizeBytes: SIZE,
    read: async (into: Uint8Array, offset: number) => {
      const count = bytes.copy(into, 0, offset, offset + into.byteLength);
      seen.bytes += count;
      return count;
    },
    close: async () => {},
  };
  const checks = { sums: sumsOf(bytes), trusted };
  const flip = (at: number) => {
    bytes[at] = (bytes[at] ?? 0) ^ 1;
  };
  const open = (isSameFile: (() => Promise<boolean>) | null = null) =>
    new CheckedReader(file, { ...checks, isSameFile });
  return { bytes, seen, flip, open };
}

async function read(reader: CheckedReader, start: number, end: number): Promise<Buffer> {
  const into = Buffer.alloc(end - start);
  expect(await reader.read(into, start)).toBe(Math.min(end, SIZE) - start);
  return into;
}

it("sums blocks alike, however the bytes come", () => {
  const bytes = randomBytes(SIZE);
  const sums = Buffer.from(sumsOf(bytes));
  expect(areSumsOf(sums, SIZE)).toBe(true);
  expect(areSumsOf(sums, SIZE + SUM_BLOCK_BYTES)).toBe(false);
  for (let block = 0; block < countBlocks(SIZE); block += 1) {
    const part = bytes.subarray(block * SUM_BLOCK_BYTES, (block + 1) * SUM_BLOCK_BYTES);
    expect(sums.readUInt32LE(block * 4)).toBe(crc32(part));
  }
  expect(sumsOf(new Uint8Array(0))).toEqual(new Uint8Array(0));
});

describe.each([true, false])("a checked reader (blocks are trusted: %s)", (isTrusting) => {
  it("gives every range as it was stored", async () => {
    const { bytes, open } = store(isTrusting);
    const reader = open();
    for (let count = 0; count < 300; count += 1) {
      const start = Math.floor(Math.random() * SIZE);
      const end = start + 1 + Math.floor(Math.random() * (SIZE - start));
      expect((await read(reader, start, end)).equals(bytes.subarray(start, end))).toBe(true);
    }
    expect(await reader.read(Buffer.alloc(10), SIZE)).toBe(0);
    const rest = Buffer.alloc(100);
    expect(await reader.read(rest, SIZE - 7)).toBe(7);
    expect(rest.subarray(0, 7).equals(bytes.subarray(SIZE - 7))).toBe(true);
  });

  it("refuses every range of a block with a bit turned, and no other", async () => {
    for (const at of [
      0,
      SUM_BLOCK_BYTES - 1,
      SUM_BLOCK_BYTES,
      3 * SUM_BLOCK_BYTES + 77,
      SIZE - 1,
    ]) {
      const { flip, open } = store(isTrusting);
      flip(at);
      const hurt = Math.floor(at / SUM_BLOCK_BYTES);
      for (let start = 0; start < SIZE; start += 64 * 1024) {
        const end = Math.min(SIZE, start + 64 * 1024);
        const isHurt = Math.floor(start / SUM_BLOCK_BYTES) === hurt;
        const reading = read(open(), start, end);
        if (isHurt) await expect(reading).rejects.toMatchObject(refused);
        else await reading;
      }
      await expect(read(open(), 0, SIZE)).rejects.toMatchObject(refused);
    }
  });

  it("reads a block once for who reads on in small steps", async () => {
    const { seen, open } = store(isTrusting);
    const reader = open();
    for (let at = 0; at < 2 * SUM_BLOCK_BYTES; at += 64 * 1024) await read(reader, at, at + 65_536);
    // Blocks that are trusted are read again for a part of them, which costs no more than the part.
    expect(seen.bytes).toBeLessThanOrEqual(4 * SUM_BLOCK_BYTES);
  });

  it("reads whole blocks straight to where they are asked for", async () => {
    const { seen, open } = store(isTrusting);
    await read(open(), 0, SIZE);
    expect(seen.bytes).toBe(SIZE);
  });
});

it("notices at the end that a trusted file was written to meanwhile", async () => {
  const { open, flip } = store(true);
  await read(open(), 0, SIZE);
  const unharmed = open(async () => false);
  await read(unharmed, 0, SIZE);
  await unharmed.prove();
  flip(2 * SUM_BLOCK_BYTES);
  const changed = open(async () => false);
  await read(changed, SUM_BLOCK_BYTES, 3 * SUM_BLOCK_BYTES);
  await expect(changed.prove()).rejects.toMatchObject(refused);
});

it("trusts blocks of one file only", () => {
  const trusted = new TrustedBlocks();
  trusted.of("a", "1", 20).add(9);
  expect(trusted.of("a", "1", 20).has(9)).toBe(true);
  expect(trusted.of("a", "1", 20).has(8)).toBe(false);
  expect(trusted.of("b", "1", 20).has(9)).toBe(false);
  expect(trusted.of("a", "2", 20).has(9)).toBe(false);
  expect(trusted.of("a", "1", 20).has(9)).toBe(false);
});
