/**
 * Checksums of a blob's raw bytes, block by block: what a read of a part is compared with. They belong to the digest, in
 * whatever form the bytes are stored: one CRC-32 (as in zlib) for each block, little endian.
 */
import { crc32 } from "node:zlib";

/** A read of a few bytes reads one of them; 16 bytes of checksums for each MiB. */
export const SUM_BLOCK_BYTES = 256 * 1024;
const SUM_BYTES = 4;

export function countBlocks(sizeBytes: number): number {
  return Math.ceil(sizeBytes / SUM_BLOCK_BYTES);
}

/** Whether these can be the checksums of so many bytes. */
export function areSumsOf(sums: Uint8Array, sizeBytes: number): boolean {
  return sums.byteLength === countBlocks(sizeBytes) * SUM_BYTES;
}

/** Whether `bytes`, all of block `block`, have its checksum. */
export function hasSum(sums: Uint8Array, block: number, bytes: Uint8Array): boolean {
  const view = new DataView(sums.buffer, sums.byteOffset, sums.byteLength);
  return view.getUint32(block * SUM_BYTES, true) === crc32(bytes);
}

/** Takes the bytes of a blob in order, in chunks of any length. */
export class BlockSummer {
  readonly #sums: number[] = [];
  #current = 0;
  #filled = 0;

  update(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.byteLength; ) {
      const part = chunk.subarray(at, at + SUM_BLOCK_BYTES - this.#filled);
      this.#current = crc32(part, this.#current);
      this.#filled += part.byteLength;
      at += part.byteLength;
      if (this.#filled === SUM_BLOCK_BYTES) this.#endBlock();
    }
  }

  /** The checksums of the bytes that came so far; more may come. */
  digest(): Uint8Array {
    const sums = this.#filled === 0 ? this.#sums : [...this.#sums, this.#current];
    const bytes = new Uint8Array(sums.length * SUM_BYTES);
    const view = new DataView(bytes.buffer);
    for (const [block, sum] of sums.entries()) view.setUint32(block * SUM_BYTES, sum, true);
    return bytes;
  }

  #endBlock(): void {
    this.#sums.push(this.#current);
    this.#current = 0;
    this.#filled = 0;
  }
}
