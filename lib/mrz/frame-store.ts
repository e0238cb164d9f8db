import { freeZstd } from "./zstd.ts";

/**
 * The zstd frames of the block that is being encoded, in memory that the next block uses again: as garbage they would
 * add up to hundreds of megabytes before they are collected.
 */
export class FrameStore {
  #memory = new Uint8Array(0);
  #used = 0;

  /** Frames that were kept before may be overwritten from now on. */
  reset(): void {
    this.#used = 0;
  }

  /** A copy of `frame`; the memory of `frame` itself is freed, so nobody may use it any more. */
  keep(frame: Uint8Array): Uint8Array {
    if (this.#used + frame.length > this.#memory.length) {
      // Copies that were given out before stay in the old memory.
      this.#memory = new Uint8Array(2 * (this.#used + frame.length));
      this.#used = 0;
    }
    const kept = this.#memory.subarray(this.#used, this.#used + frame.length);
    this.#used += frame.length;
    kept.set(frame);
    freeZstd(frame);
    return kept;
  }
}
