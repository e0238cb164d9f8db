/**
 * The table files of leveldb (github.com/google/leveldb, doc/table_format.md), in which TensorFlow keeps
 * the index of a checkpoint: blocks of prefix-compressed keys, an index block, a footer of 48 bytes.
 */

import type { WindowReader } from "../bytes/window-reader.ts";
import { SnappyProblem, unsnappy } from "./snappy.ts";

const FOOTER_BYTES = 48;
const MAGIC = 0xdb4775248b80fb57n;
/** Type byte and CRC-32C after each block. */
const TRAILER_BYTES = 5;
/** TensorFlow writes blocks of 256 KiB, one entry more at most. */
const MAX_BLOCK_BYTES = 64 * 1024 * 1024;
/** An index of a million tensors has that many entries; the keys of all of them fit the next cap. */
const MAX_ENTRIES = 1_000_000;
const MAX_KEY_BYTES = 4096;

export type Entry = { key: Uint8Array; value: Uint8Array };

type Handle = { offset: number; size: number };

/** By bytes: the footer's magic number. */
export async function isSstable(reader: WindowReader): Promise<boolean> {
  return reader.sizeBytes >= FOOTER_BYTES && (await reader.u64(reader.sizeBytes - 8)) === MAGIC;
}

/** All entries in key order. Throws `invalid_model_file`. */
export async function readSstable(reader: WindowReader): Promise<Entry[]> {
  if (!(await isSstable(reader))) reader.fail("it does not end as a checkpoint index ends");
  const footer = await reader.bytes(reader.sizeBytes - FOOTER_BYTES, FOOTER_BYTES);
  const cursor = new Cursor(reader, footer);
  readHandle(cursor);
  const index = await readBlock(reader, readHandle(cursor));
  const entries: Entry[] = [];
  let previous = -1;
  for (const { value } of readEntries(reader, index)) {
    const handle = readHandle(new Cursor(reader, value));
    // Blocks follow one another: an index that names one block a thousand times is an attack.
    if (handle.offset <= previous) reader.fail("its blocks are not in order");
    previous = handle.offset;
    for (const entry of readEntries(reader, await readBlock(reader, handle))) {
      if (entries.length >= MAX_ENTRIES) reader.fail(`it has more than ${MAX_ENTRIES} entries`);
      entries.push(entry);
    }
  }
  return entries;
}

class Cursor {
  at = 0;
  readonly bytes: Uint8Array;
  readonly #reader: WindowReader;

  constructor(reader: WindowReader, bytes: Uint8Array) {
    this.#reader = reader;
    this.bytes = bytes;
  }

  /** Up to 53 bits. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 56; shift += 7) {
      const byte = this.bytes[this.at];
      if (byte === undefined) break;
      this.at += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (Number.isSafeInteger(value)) return value;
        break;
      }
    }
    return this.#reader.fail("a number in it is not valid");
  }

  take(length: number): Uint8Array {
    if (length > this.bytes.length - this.at) this.#reader.fail("a block in it ends too early");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

function readHandle(cursor: Cursor): Handle {
  return { offset: cursor.varint(), size: cursor.varint() };
}

async function readBlock(reader: WindowReader, { offset, size }: Handle): Promise<Uint8Array> {
  if (size > MAX_BLOCK_BYTES) reader.fail("a block in it is unreasonably large");
  const bytes = await reader.bytes(offset, size + TRAILER_BYTES);
  const content = bytes.subarray(0, size);
  const compression = bytes[size];
  if (compression === 0) return content;
  if (compression !== 1) reader.fail("a block in it has an unknown compression");
  try {
    return unsnappy(content, MAX_BLOCK_BYTES);
  } catch (cause) {
    if (!(cause instanceof SnappyProblem)) throw cause;
    return reader.fail(cause.message, cause);
  }
}

/** Entries, then u32 restart positions, then their u32 count. */
function* readEntries(reader: WindowReader, block: Uint8Array): Generator<Entry> {
  if (block.length < 4) reader.fail("a block in it ends too early");
  const restarts = new DataView(block.buffer, block.byteOffset).getUint32(block.length - 4, true);
  const end = block.length - 4 - restarts * 4;
  if (end < 0) reader.fail("a block in it is damaged");
  const cursor = new Cursor(reader, block.subarray(0, end));
  let key = new Uint8Array(0);
  while (cursor.at < end) {
    const shared = cursor.varint();
    const unshared = cursor.varint();
    const valueBytes = cursor.varint();
    if (shared > key.length) reader.fail("a key in it is damaged");
    if (shared + unshared > MAX_KEY_BYTES) reader.fail("a key in it is too long");
    const next = new Uint8Array(shared + unshared);
    next.set(key.subarray(0, shared));
    next.set(cursor.take(unshared), shared);
    key = next;
    yield { key, value: cursor.take(valueBytes) };
  }
}
