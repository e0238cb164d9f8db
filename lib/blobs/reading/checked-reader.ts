import { countBlocks, hasSum, SUM_BLOCK_BYTES } from "#lib/storage/block-sums.ts";
import type { BlobReader } from "#lib/storage/contract.ts";
import { missing } from "./stored-errors.ts";
import type { BlockSet } from "./trusted-blocks.ts";

export type Checks = {
  /** Checksums of the blob's raw bytes (`lib/storage/block-sums.ts`). */
  sums: Uint8Array;
  /**
   * Blocks of this very file that need no check; a block that passes one is added. With null each is checked each
   * time.
   */
  trusted: BlockSet | null;
  /** Whether the file is still the one that `trusted` is about; null where nobody can change it. */
  isSameFile?: (() => Promise<boolean>) | null;
};

/** Buffers for blocks of which a part is asked for; bounded, since many reads may begin at once. */
const spares: Buffer[] = [];
const SPARES_MAX = 16;

/**
 * Raw bytes, compared with their checksums before they are given: a read of a part of a block reads all of that block.
 * Throws `storage_corrupt` for a block that has other bytes.
 */
export class CheckedReader implements BlobReader {
  readonly sizeBytes: number;
  readonly #reader: BlobReader;
  readonly #checks: Checks;
  /** All bytes that were given without a check lie between these. */
  #givenFrom = Number.POSITIVE_INFINITY;
  #givenTo = 0;
  /** The last block read where nothing is trusted: a reader that goes on in small steps needs it again. */
  #kept: { block: number; bytes: Buffer } | null = null;

  constructor(reader: BlobReader, checks: Checks) {
    this.sizeBytes = reader.sizeBytes;
    this.#reader = reader;
    this.#checks = checks;
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    const length = Math.max(0, Math.min(into.byteLength, this.sizeBytes - offset));
    for (let done = 0; done < length; )
      done += await this.#readSome(into.subarray(done, length), offset + done);
    return length;
  }

  /** Checks the bytes that were given without a check if the file was written to while it was read. */
  async prove(): Promise<void> {
    const { isSameFile } = this.#checks;
    if (this.#givenTo === 0 || !isSameFile || (await isSameFile())) return;
    for (let block = this.#givenFrom; block < this.#givenTo; block += 1)
      await this.#withBlock(block, () => {});
    this.#givenTo = 0;
  }

  async close(): Promise<void> {
    this.#kept = null;
    await this.#reader.close();
  }

  /** Reads as many bytes as one read can give. */
  async #readSome(into: Uint8Array, offset: number): Promise<number> {
    const first = Math.floor(offset / SUM_BLOCK_BYTES);
    const end = offset + into.byteLength;
    let block = first;
    while (block * SUM_BLOCK_BYTES < end && this.#isReadAtOnce(block, offset, end)) block += 1;
    if (block > first) {
      const run = into.subarray(0, Math.min(end, block * SUM_BLOCK_BYTES) - offset);
      await this.#readExactly(run, offset);
      for (let each = first; each < block; each += 1) this.#checkInRun(each, run, offset);
      return run.byteLength;
    }
    return this.#withBlock(first, (bytes) => {
      const begin = offset - first * SUM_BLOCK_BYTES;
      const part = bytes.subarray(begin, begin + into.byteLength);
      into.set(part);
      return part.byteLength;
    });
  }

  /** True when all of the block is asked for, or it needs no check. */
  #isReadAtOnce(block: number, offset: number, end: number): boolean {
    const begin = block * SUM_BLOCK_BYTES;
    const isWhole = begin >= offset && Math.min(begin + SUM_BLOCK_BYTES, this.sizeBytes) <= end;
    return isWhole || this.#isTrusted(block);
  }

  #isTrusted(block: number): boolean {
    return this.#checks.trusted?.has(block) ?? false;
  }

  #checkInRun(block: number, run: Uint8Array, offset: number): void {
    if (this.#isTrusted(block)) {
      this.#givenFrom = Math.min(this.#givenFrom, block);
      this.#givenTo = Math.max(this.#givenTo, block + 1);
      return;
    }
    const begin = block * SUM_BLOCK_BYTES - offset;
    this.#check(block, run.subarray(begin, begin + SUM_BLOCK_BYTES));
  }

  #check(block: number, bytes: Uint8Array): void {
    if (!hasSum(this.#checks.sums, block, bytes))
      throw missing(new Error(`block ${block} of ${countBlocks(this.sizeBytes)} has other bytes`));
    this.#checks.trusted?.add(block);
  }

  /** `use` must not keep the bytes. */
  async #withBlock<T>(block: number, use: (bytes: Buffer) => T): Promise<T> {
    if (this.#kept?.block === block) return use(this.#kept.bytes);
    const begin = block * SUM_BLOCK_BYTES;
    const length = Math.min(SUM_BLOCK_BYTES, this.sizeBytes - begin);
    const buffer = spares.pop() ?? Buffer.allocUnsafeSlow(SUM_BLOCK_BYTES);
    const bytes = buffer.subarray(0, length);
    await this.#readExactly(bytes, begin);
    this.#check(block, bytes);
    const result = use(bytes);
    if (this.#checks.trusted === null) this.#kept = { block, bytes };
    else if (spares.length < SPARES_MAX) spares.push(buffer);
    return result;
  }

  async #readExactly(into: Uint8Array, offset: number): Promise<void> {
    const count = await this.#reader.read(into, offset);
    if (count < into.byteLength) throw missing(new Error(`the bytes end at ${offset + count}`));
  }
}
