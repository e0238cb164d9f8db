/** Random access to the raw bytes of an `.mrz` file. */

import { checkHead, type Directory, parseDirectory, parseFooter } from "./directory.ts";
import {
  type BlockRange,
  corrupt,
  FOOTER_BYTES,
  HEAD_BYTES,
  MAX_BLOCK_BYTES,
  MAX_OPEN_DEPTH,
  type RandomAccess,
  type SourceRef,
  SUMMARY_BYTES,
} from "./format.ts";
import type { MrzFile } from "./mrz-file.ts";
import type { OpenSource } from "./open-sources.ts";
import { RangeReader } from "./range-reader.ts";

/** Bytes at the end that are read before the directory's length is known: enough for a blob of 1 GiB. */
const TAIL_BYTES = 64 * 1024;

export type OpenMrzInput = {
  /** Closed by the reader's `close`, and when opening fails. */
  file: MrzFile;
  /**
   * Opens the raw bytes of another blob, at the first block that needs them. `depthLeft` is for the `openMrz` of a
   * source that is an `.mrz` file itself.
   */
  openSource: OpenSource;
  depthLeft?: number;
};

export type MrzReader = {
  readonly sizeBytes: number;
  /** The digest that the file claims; whoever needs certainty hashes what it reads. */
  readonly sha256: string;
  /** The length of the chain when the file was written. */
  readonly chainDepth: number;
  readonly sources: readonly SourceRef[];
  readonly blockCount: number;
  blockRange(block: number): BlockRange | null;
  /**
   * The raw bytes of the blocks that begin in a window, which has `MAX_BLOCK_BYTES`. One window's bytes begin where those
   * of the one before end, and are less than twice as many.
   */
  windowRange(window: number): BlockRange;
  /**
   * Fills `into` with raw bytes from `offset`; returns the count (less only at the end). Reads may run in parallel.
   * Throws `storage_corrupt`: the bytes are verified by checksums.
   */
  read(into: Uint8Array, offset: number): Promise<number>;
  readBlock(block: number): Promise<Uint8Array>;
  /** Safe to call twice. */
  close(): Promise<void>;
};

/** Reads the directory. Throws `storage_corrupt` for a file that is damaged or of another version. */
export async function openMrz(input: OpenMrzInput): Promise<MrzReader> {
  const { file, openSource, depthLeft = MAX_OPEN_DEPTH } = input;
  try {
    const directory = await readDirectory(file);
    return toReader(new RangeReader({ file, directory, openSource, depthLeft }), directory);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readDirectory(file: RandomAccess): Promise<Directory> {
  const { sizeBytes } = file;
  if (sizeBytes < HEAD_BYTES + SUMMARY_BYTES + FOOTER_BYTES) throw corrupt("it is too short");
  const tailBytes = Math.min(TAIL_BYTES, sizeBytes);
  const [head, tail] = await Promise.all([
    readExactly(file, 0, HEAD_BYTES),
    readExactly(file, sizeBytes - tailBytes, tailBytes),
  ]);
  checkHead(head);
  const place = parseFooter(tail.subarray(tailBytes - FOOTER_BYTES), sizeBytes);
  const start = tailBytes - FOOTER_BYTES - place.lengthBytes;
  const bytes =
    start >= 0
      ? tail.subarray(start, start + place.lengthBytes)
      : await readExactly(file, place.offset, place.lengthBytes);
  return parseDirectory(bytes, place);
}

async function readExactly(
  file: RandomAccess,
  offset: number,
  lengthBytes: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(lengthBytes);
  if ((await file.read(bytes, offset)) < lengthBytes) throw corrupt("the file ends early");
  return bytes;
}

function toReader(ranges: RangeReader, directory: Directory): MrzReader {
  const { sizeBytes, sha256, chainDepth, sources, blocks } = directory;
  const blockRange = (block: number): BlockRange | null =>
    Number.isInteger(block) && block >= 0 && block < blocks.count
      ? { offset: blocks.offset(block), lengthBytes: blocks.entry(block).lengthBytes }
      : null;
  /** Where the first block begins that does not begin before `offset`. */
  const firstFrom = (offset: number): number => {
    if (offset >= sizeBytes) return sizeBytes;
    const block = blocks.find(offset);
    return blocks.offset(blocks.offset(block) < offset ? block + 1 : block);
  };
  return {
    sizeBytes,
    sha256,
    chainDepth,
    sources,
    blockCount: blocks.count,
    blockRange,
    windowRange(window) {
      const offset = firstFrom(window * MAX_BLOCK_BYTES);
      return { offset, lengthBytes: firstFrom((window + 1) * MAX_BLOCK_BYTES) - offset };
    },
    read: (into, offset) => ranges.read(into, offset),
    async readBlock(block) {
      const range = blockRange(block);
      if (!range) throw new RangeError(`There is no block ${block}.`);
      const bytes = new Uint8Array(range.lengthBytes);
      await ranges.read(bytes, range.offset);
      return bytes;
    },
    close: () => ranges.close(),
  };
}
