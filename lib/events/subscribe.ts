/** One reader's bounded queue of events, between the bus that fills it and a reader of any speed. */

/** A reader this far behind asks for everything anew instead; 256 events are about 50 KB. */
export const QUEUE_MAX = 256;

export type Delivered<T> =
  | { kind: "event"; event: T }
  /** Nothing came within the time. */
  | { kind: "idle" }
  | { kind: "closed" };

/**
 * `next` gives events in the order of `push`. When the queue is full the whole queue is dropped and
 * replaced by the one event `missed`: a reader that lost some must read the current state anyway.
 */
export class Subscription<T> {
  #queue: T[] = [];
  #wake: (() => void) | null = null;
  #isClosed = false;
  readonly #missed: () => T;
  readonly #onClose: (subscription: Subscription<T>) => void;

  constructor(missed: () => T, onClose: (subscription: Subscription<T>) => void) {
    this.#missed = missed;
    this.#onClose = onClose;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  push(event: T): void {
    if (this.#isClosed) return;
    if (this.#queue.length >= QUEUE_MAX) this.#queue = [this.#missed()];
    else this.#queue.push(event);
    this.#wake?.();
  }

  /** One reader at a time: a second `next` before the first has resolved is a mistake of the caller. */
  async next(idleMs: number): Promise<Delivered<T>> {
    if (this.#queue.length === 0 && !this.#isClosed) await this.#arrival(idleMs);
    const event = this.#queue.shift();
    if (this.#isClosed) return { kind: "closed" };
    return event === undefined ? { kind: "idle" } : { kind: "event", event };
  }

  /** Wakes the reader, which gets `closed`. Safe to call twice. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue = [];
    this.#wake?.();
    this.#onClose(this);
  }

  #arrival(idleMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
      const timer = setTimeout(done, idleMs);
      this.#wake = done;
    });
  }
}
