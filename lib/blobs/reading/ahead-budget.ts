import { MAX_BLOCK_BYTES } from "#lib/mrz/format.ts";
import { SpareBuffers } from "#lib/spare-buffers.ts";

/** Room for every window: its last block may end in the window behind it. */
const WINDOW_BUFFER_BYTES = 2 * MAX_BLOCK_BYTES;

/**
 * The buffers of all downloads that decode ahead: a fixed number, however many downloads there are. Each download may
 * hold an equal share of them, and none when there are more downloads than buffers.
 */
export class AheadBudget {
  readonly #total: number;
  readonly #mostForOne: number;
  readonly #spares: SpareBuffers;
  #held = 0;
  #readers = 0;

  constructor(options: { total: number; mostForOne: number }) {
    this.#total = options.total;
    this.#mostForOne = options.mostForOne;
    this.#spares = new SpareBuffers(options.total * WINDOW_BUFFER_BYTES);
  }

  /** Buffers that are held at this moment. */
  get held(): number {
    return this.#held;
  }

  /** One more download shares the buffers, until `leave`. */
  join(): void {
    this.#readers += 1;
  }

  leave(): void {
    this.#readers -= 1;
  }

  /** A buffer for a download that holds `count` already; null when it has its share, or all are held. */
  take(count: number): ArrayBuffer | null {
    const share = Math.floor(this.#total / Math.max(1, this.#readers));
    if (count >= Math.min(share, this.#mostForOne) || this.#held === this.#total) return null;
    this.#held += 1;
    return this.#spares.take(WINDOW_BUFFER_BYTES).buffer as ArrayBuffer;
  }

  /** Gives a buffer back; null stands for one that was lost with a failed call. */
  give(buffer: ArrayBuffer | null): void {
    this.#held -= 1;
    if (buffer) this.#spares.give(new Uint8Array(buffer));
  }
}
