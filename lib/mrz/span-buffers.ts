/** Buffers kept for the next read; more come free only when many read at once, and those are dropped. */
const KEPT = 3;

/** Buffers for payloads that are used again. */
export class SpanBuffers {
  readonly #free: Uint8Array[] = [];

  /** At least `lengthBytes` long, with anything in it. */
  take(lengthBytes: number): Uint8Array {
    const index = this.#free.findIndex((buffer) => buffer.length >= lengthBytes);
    const [kept] = index < 0 ? [] : this.#free.splice(index, 1);
    return kept ?? new Uint8Array(lengthBytes);
  }

  give(buffer: Uint8Array): void {
    this.#free.push(buffer);
    this.#free.sort((a, b) => b.length - a.length);
    this.#free.length = Math.min(this.#free.length, KEPT);
  }
}
