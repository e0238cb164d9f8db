import { setTimeout as sleep } from "node:timers/promises";

/** Keeps a reader below a rate, whatever it reads; time in which nothing was read is not made up for. */
export class Pacer {
  readonly #bytesPerSecond: number;
  #freeAt = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** How much may be read at once, so that a low rate does not come in bursts. */
  stepBytes(most: number): number {
    return Math.max(1, Math.min(most, this.#bytesPerSecond));
  }

  /** Resolves when `bytes` that were read are paid for. Throws the signal's reason. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const now = performance.now();
    this.#freeAt = Math.max(this.#freeAt, now) + (bytes / this.#bytesPerSecond) * 1000;
    const waitMs = this.#freeAt - now;
    if (waitMs > 1) await sleep(waitMs, undefined, { signal });
  }
}
