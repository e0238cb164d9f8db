import { kernels } from "./kernels/kernels.ts";

/** Buffers kept for the next read; more come free only when many read at once, and those are dropped. */
const KEPT = 3;

/**
 * Buffers for payloads: the kernels' own spans, whose payloads are decoded where they are, and others when those are
 * taken or too short.
 */
export class SpanBuffers {
  readonly #free: Uint8Array[] = [];

  /** At least `lengthBytes` long, with anything in it. */
  take(lengthBytes: number): Uint8Array {
    const { spans } = kernels();
    const last = spans.at(-1);
    if (last && last.length >= lengthBytes) return spans.pop() as Uint8Array;
    const index = this.#free.findIndex((buffer) => buffer.length >= lengthBytes);
    const [kept] = index < 0 ? [] : this.#free.splice(index, 1);
    return kept ?? new Uint8Array(lengthBytes);
  }

  give(buffer: Uint8Array): void {
    const { spans, payload } = kernels();
    if (buffer.buffer === payload.buffer) {
      spans.push(buffer);
      return;
    }
    this.#free.push(buffer);
    this.#free.sort((a, b) => b.length - a.length);
    this.#free.length = Math.min(this.#free.length, KEPT);
  }
}
