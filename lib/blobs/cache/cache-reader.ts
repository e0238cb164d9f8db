import { SUM_BLOCK_BYTES } from "#lib/storage/block-sums.ts";
import type { BlobReader } from "#lib/storage/contract.ts";
import type { DemandOfReader } from "./cache-demand.ts";
import type { CacheEntry } from "./cache-entry.ts";

/** A reader waits for a growing file that is at most so far behind it; further ahead it reads from the store itself. */
const FOLLOW_BYTES = 16 * 1024 * 1024;

/** The parts of the cache that a reader needs. */
export type CacheSide = {
  find: () => CacheEntry | undefined;
  /** Checksums of the blob's bytes; null where the cache's file is believed as it is. */
  sums: Uint8Array | null;
  /** Starts to fill, if there is room. */
  fill: () => void;
  drop: (entry: CacheEntry) => void;
  countBytes: (from: "cache" | "store", bytes: number) => void;
  /** Called once for each reader, at its first read. */
  countReader: (outcome: "hit" | "miss") => void;
};

/** Reads from the cache as far as it has the bytes, and the rest from the store; any read may change over. */
export class CacheReader implements BlobReader {
  readonly sizeBytes: number;
  readonly #cache: CacheSide;
  readonly #demand: DemandOfReader;
  readonly #stored: BlobReader;
  #entry: CacheEntry | null = null;
  /** The reader of the entry, opened by the first read of it. */
  #reader: Promise<BlobReader> | null = null;
  #isClosed = false;
  #isCounted = false;

  /** `stored` is closed with this reader. */
  constructor(stored: BlobReader, cache: CacheSide, demand: DemandOfReader) {
    this.sizeBytes = stored.sizeBytes;
    this.#stored = stored;
    this.#cache = cache;
    this.#demand = demand;
    this.#attach();
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    if (this.#isClosed) throw new Error("The reader is closed.");
    const end = Math.min(offset + into.byteLength, this.sizeBytes);
    if (end <= offset) return 0;
    if (!this.#isCounted) this.#cache.countReader(this.#attach() ? "hit" : "miss");
    this.#isCounted = true;
    let isNoted = false;
    for (;;) {
      const entry = this.#attach();
      const needed = this.#filledFor(end);
      if (entry && entry.filledBytes >= needed) {
        const count = await this.#readEntry(entry, into, offset);
        if (count !== null) return count;
      } else if (entry && needed - entry.filledBytes <= FOLLOW_BYTES) {
        await entry.waitFor(needed);
      } else {
        if (!isNoted && this.#demand.note(offset, end - offset)) this.#cache.fill();
        isNoted = true;
        // A reader that begins may follow the fill from its beginning; the end of a download does not wait for it.
        if (offset === 0 && this.#attach() !== entry) continue;
        const count = await this.#stored.read(into.subarray(0, end - offset), offset);
        this.#cache.countBytes("store", count);
        return count;
      }
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#demand.end()) this.#cache.fill();
    await this.#detach();
    await this.#stored.close();
  }

  /** How far the file must be filled: bytes that are checked are read in whole blocks. */
  #filledFor(end: number): number {
    if (this.#cache.sums === null) return end;
    return Math.min(this.sizeBytes, Math.ceil(end / SUM_BLOCK_BYTES) * SUM_BLOCK_BYTES);
  }

  #attach(): CacheEntry | null {
    if (this.#entry && this.#entry.state !== "gone") return this.#entry;
    void this.#detach();
    const entry = this.#cache.find();
    if (!entry) return null;
    entry.pin();
    this.#entry = entry;
    return entry;
  }

  async #detach(): Promise<void> {
    const entry = this.#entry;
    this.#entry = null;
    this.#reader = null;
    await entry?.unpin();
  }

  /** null when the cache's file turned out to be no good. */
  async #readEntry(entry: CacheEntry, into: Uint8Array, offset: number): Promise<number | null> {
    try {
      this.#reader ??= entry.openReader(this.#cache.sums);
      const count = await (await this.#reader).read(into, offset);
      this.#cache.countBytes("cache", count);
      return count;
    } catch {
      this.#cache.drop(entry);
      return null;
    }
  }
}
