/**
 * Used memory for callers that need as much next: fresh memory costs more than the copy into it, and V8 counts memory
 * outside of its heap but collects it late. A pool that nobody has taken from for a while lets go of all of it, so
 * that an idle server holds nothing.
 */
const REST_MS = 5_000;

export class SpareBuffers {
  readonly #limitBytes: number;
  readonly #restMs: number;
  readonly #spares = new Map<number, Uint8Array[]>();
  #bytes = 0;
  #usedAt = 0;
  #rest: NodeJS.Timeout | null = null;

  /** `limitBytes` is how much the pool may hold. */
  constructor(limitBytes: number, restMs = REST_MS) {
    this.#limitBytes = limitBytes;
    this.#restMs = restMs;
  }

  /** A buffer of exactly `sizeBytes`, with anything in it. */
  take(sizeBytes: number): Uint8Array {
    this.#usedAt = performance.now();
    const spare = this.#spares.get(sizeBytes)?.pop();
    if (!spare) return Buffer.allocUnsafeSlow(sizeBytes);
    this.#bytes -= sizeBytes;
    return spare;
  }

  /** Takes `buffer` back: nobody may read or fill it any more. */
  give(buffer: Uint8Array): void {
    const { byteLength } = buffer;
    if (this.#bytes + byteLength > this.#limitBytes) return;
    const alike = this.#spares.get(byteLength) ?? [];
    this.#spares.set(byteLength, alike);
    alike.push(buffer);
    this.#bytes += byteLength;
    this.#rest ??= setTimeout(() => this.#letGo(), this.#restMs).unref();
  }

  #letGo(): void {
    this.#rest = null;
    const restedMs = performance.now() - this.#usedAt;
    if (restedMs < this.#restMs) {
      this.#rest = setTimeout(() => this.#letGo(), this.#restMs - restedMs).unref();
      return;
    }
    this.#spares.clear();
    this.#bytes = 0;
  }
}
