/**
 * Decodes a blob ahead of whoever reads it in order, in several threads at once. The unit is a window: the blocks that
 * begin in one MiB of the raw bytes, so that every thread knows its blocks and none is decoded twice. Decoding ahead
 * only ever helps: where it fails, or has no buffer left, the plain read gives the bytes or says what is wrong.
 */
import { MAX_BLOCK_BYTES } from "#lib/mrz/format.ts";
import type { BlobReader } from "#lib/storage/contract.ts";
import type { AheadBudget } from "./ahead-budget.ts";

/** Whoever has read so much in order is downloading the blob, not looking at its header. */
const DOWNLOAD_BYTES = 1024 * 1024;

/** `lengthBytes` raw bytes from `offset` on, which are at the beginning of `buffer`. */
export type Decoded = { buffer: ArrayBuffer; offset: number; lengthBytes: number };

export type AheadSource = {
  readonly sizeBytes: number;
  /** Fills `into` from any offset. */
  read(into: Uint8Array, offset: number): Promise<number>;
  /** Decodes a window into `buffer`, which changes hands. */
  decode(window: number, buffer: ArrayBuffer): Promise<Decoded>;
  close(): Promise<void>;
};

/** A window that is decoded, or will be. */
type Ahead = {
  /** null when it cannot be decoded, or nobody wants it any more. */
  coming: Promise<Decoded | null>;
  decoded: Decoded | null;
  isDropped: boolean;
};

export class AheadReader implements BlobReader {
  readonly sizeBytes: number;
  readonly encoding = "mrz";
  readonly #source: AheadSource;
  readonly #budget: AheadBudget;
  readonly #windows = new Map<number, Ahead>();
  /** Calls whose buffers are not back yet. */
  readonly #calls = new Set<Promise<unknown>>();
  /** Where a read in order goes on, and how many bytes were read in order before. */
  #next = 0;
  #orderedBytes = 0;
  #nextWindow = 0;
  #hasJoined = false;
  #hasFailed = false;
  #isClosed = false;

  constructor(source: AheadSource, budget: AheadBudget) {
    this.sizeBytes = source.sizeBytes;
    this.#source = source;
    this.#budget = budget;
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    if (this.#isClosed) throw new Error("The reader is closed.");
    const wanted = Math.max(0, Math.min(into.byteLength, this.sizeBytes - offset));
    if (offset !== this.#next) this.#leave();
    this.#next = offset + wanted;
    for (let count = 0; count < wanted; ) {
      this.#decodeAhead(offset + count);
      count += await this.#readSome(into.subarray(count, wanted), offset + count);
    }
    this.#orderedBytes += wanted;
    return wanted;
  }

  /** Nothing is decoded any more when this resolves. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#leave();
    await Promise.all(this.#calls);
    await this.#source.close();
  }

  /** Gives as many bytes as one window, or one plain read, has. */
  async #readSome(into: Uint8Array, offset: number): Promise<number> {
    const window = windowOf(offset);
    let plainBytes = into.byteLength;
    // A byte belongs to a block that begins in the window before or in its own, which is decoded later.
    for (const candidate of [window - 1, window]) {
      const ahead = this.#windows.get(candidate);
      const decoded = await ahead?.coming;
      if (!ahead || !decoded || ahead.isDropped) continue;
      const from = offset - decoded.offset;
      if (from < 0) plainBytes = Math.min(plainBytes, -from);
      if (from < 0 || from >= decoded.lengthBytes) continue;
      const length = Math.min(into.byteLength, decoded.lengthBytes - from);
      into.set(new Uint8Array(decoded.buffer, from, length));
      if (from + length === decoded.lengthBytes) this.#drop(candidate);
      return length;
    }
    return this.#source.read(into.subarray(0, plainBytes), offset);
  }

  /** Has windows decoded from `offset` on, as many as this download may have. */
  #decodeAhead(offset: number): void {
    if (this.#isClosed || this.#hasFailed || this.#orderedBytes < DOWNLOAD_BYTES) return;
    if (!this.#hasJoined) this.#budget.join();
    this.#hasJoined = true;
    // Windows before the one of this byte and the one before it are read.
    const first = windowOf(offset);
    for (const window of this.#windows.keys()) if (window < first - 1) this.#drop(window);
    this.#nextWindow = Math.max(this.#nextWindow, first);
    while (this.#nextWindow * MAX_BLOCK_BYTES < this.sizeBytes) {
      const buffer = this.#budget.take(this.#windows.size);
      if (!buffer) return;
      this.#decode(this.#nextWindow, buffer);
      this.#nextWindow += 1;
    }
  }

  #decode(window: number, buffer: ArrayBuffer): void {
    const coming = this.#source.decode(window, buffer).then(
      (decoded) => {
        this.#calls.delete(coming);
        if (ahead.isDropped) this.#budget.give(decoded.buffer);
        else ahead.decoded = decoded;
        return ahead.decoded;
      },
      () => {
        this.#calls.delete(coming);
        this.#hasFailed = true;
        this.#budget.give(null);
        return null;
      },
    );
    const ahead: Ahead = { coming, decoded: null, isDropped: false };
    this.#calls.add(coming);
    this.#windows.set(window, ahead);
  }

  /** Nobody reads these bytes any more; the buffer of a call in progress comes back with its result. */
  #drop(window: number): void {
    const ahead = this.#windows.get(window);
    if (!ahead || ahead.isDropped) return;
    ahead.isDropped = true;
    this.#windows.delete(window);
    if (ahead.decoded) this.#budget.give(ahead.decoded.buffer);
  }

  #leave(): void {
    for (const window of [...this.#windows.keys()]) this.#drop(window);
    if (this.#hasJoined) this.#budget.leave();
    this.#hasJoined = false;
    this.#orderedBytes = 0;
    this.#nextWindow = 0;
  }
}

function windowOf(offset: number): number {
  return Math.floor(offset / MAX_BLOCK_BYTES);
}
