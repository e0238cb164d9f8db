/**
 * Decides when a blob is worth a place in the cache.
 *
 * - When as many of its bytes were read from the store as filling would read: a whole download, or ranges that come to
 *   its size. So at most twice the work of the best choice is done, whatever comes later, and a few looks into a
 *   large file fill nothing. Not before the reader is closed, so that filling does not slow down what it was asked for.
 * - At once when a second reader streams it while a first one does: they share one decompression.
 */

/** Blobs whose reads are remembered; the longest unread is forgotten first. About 2 MB. */
const REMEMBERED = 10_000;
/** A first read of this length from the beginning is a download; programs look at headers with less. */
const DOWNLOAD_BYTES = 64 * 1024;
/** A reader that has read so much is no longer looking at a part. */
const STREAMED_BYTES = 8 * 1024 * 1024;

type Demand = { readBytes: number; streams: number };

export class CacheDemand {
  readonly #demands = new Map<string, Demand>();

  /** Forgets what was read, after every fill, whether it succeeded or not. */
  reset(sha256: string): void {
    const demand = this.#demands.get(sha256);
    if (demand) demand.readBytes = 0;
  }

  /** One reader's part of the demand; call `end` when it is closed. */
  begin(sha256: string, sizeBytes: number): DemandOfReader {
    const demand = this.#demands.get(sha256) ?? { readBytes: 0, streams: 0 };
    this.#demands.delete(sha256);
    this.#demands.set(sha256, demand);
    for (const oldest of this.#demands.keys()) {
      if (this.#demands.size <= REMEMBERED) break;
      this.#demands.delete(oldest);
    }
    return new DemandOfReader(demand, sizeBytes);
  }
}

export class DemandOfReader {
  readonly #demand: Demand;
  readonly #sizeBytes: number;
  #readBytes = 0;
  #isStream = false;

  constructor(demand: Demand, sizeBytes: number) {
    this.#demand = demand;
    this.#sizeBytes = sizeBytes;
  }

  /** To be called before a read from the store; true when filling shall begin at once. */
  note(offset: number, lengthBytes: number): boolean {
    this.#readBytes += lengthBytes;
    this.#demand.readBytes += lengthBytes;
    const isDownload = offset === 0 && lengthBytes >= Math.min(DOWNLOAD_BYTES, this.#sizeBytes);
    if (!this.#isStream && (isDownload || this.#readBytes >= STREAMED_BYTES)) {
      this.#isStream = true;
      this.#demand.streams += 1;
    }
    return this.#demand.readBytes > this.#sizeBytes || this.#demand.streams >= 2;
  }

  /** True when filling shall begin now. */
  end(): boolean {
    if (this.#isStream) this.#demand.streams -= 1;
    this.#isStream = false;
    return this.#demand.readBytes >= this.#sizeBytes;
  }
}
