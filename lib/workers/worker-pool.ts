/**
 * The one pool of threads and of processes: each place has at most one worker, which starts when it is first needed, is
 * replaced when it died, and ends after a time without work.
 */

export type PoolWorker = {
  readonly isAlive: boolean;
  end(): Promise<void>;
};

export type Lease<W> = {
  readonly worker: W;
  /** To be called once, when the work is over. */
  release: () => void;
};

type Place<W> = { worker: W | null; load: number; idleTimer: NodeJS.Timeout | undefined };
type Waiting<W> = { resolve: (lease: Lease<W>) => void; reject: (error: unknown) => void };

export class WorkerPool<W extends PoolWorker> {
  readonly #start: () => W;
  readonly #idleMs: number | null;
  readonly #places: Place<W>[];
  readonly #waiting = new Set<Waiting<W>>();
  #isClosed = false;

  /** With `idleMs` null the workers live as long as the pool. */
  constructor(options: { size: number; idleMs: number | null; start: () => W }) {
    this.#start = options.start;
    this.#idleMs = options.idleMs;
    this.#places = Array.from({ length: options.size }, () => ({
      worker: null,
      load: 0,
      idleTimer: undefined,
    }));
  }

  /** A worker that does nothing else meanwhile; first come, first served. Throws the reason of `signal`. */
  async take(signal?: AbortSignal): Promise<Lease<W>> {
    signal?.throwIfAborted();
    this.#assertOpen();
    // A place whose worker runs already is no slower, and no larger, than one that has to start.
    const free = this.#places.filter(({ load }) => load === 0);
    const place = free.find(({ worker }) => worker?.isAlive) ?? free[0];
    if (place) return this.#lease(place);
    const { promise, resolve, reject } = Promise.withResolvers<Lease<W>>();
    const waiting = { resolve, reject };
    const onAbort = () => {
      this.#waiting.delete(waiting);
      reject(signal?.reason);
    };
    this.#waiting.add(waiting);
    signal?.addEventListener("abort", onAbort, { once: true });
    return promise.finally(() => signal?.removeEventListener("abort", onAbort));
  }

  /** A worker that does several things at once, the one with the least to do. */
  share(): Lease<W> {
    const alive = this.#places.filter(({ worker }) => worker?.isAlive);
    const idle = alive.find(({ load }) => load === 0);
    const free = this.#places.find(({ worker }) => !worker?.isAlive);
    const [least] = alive.sort((a, b) => a.load - b.load);
    return this.#lease((idle ?? free ?? least) as Place<W>);
  }

  /** The same worker for the same number, for workers that remember something, whatever else it does. */
  pin(number: number): Lease<W> {
    return this.#lease(this.#places[number % this.#places.length] as Place<W>);
  }

  /** The worker that runs at the place of `number` now, if there is one. */
  peek(number: number): W | null {
    const worker = this.#places[number % this.#places.length]?.worker;
    return worker?.isAlive ? worker : null;
  }

  /** Refuses callers that wait; work in progress fails. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const reason = new Error("The workers are closed.");
    for (const { reject } of this.#waiting) reject(reason);
    this.#waiting.clear();
    await Promise.all(
      this.#places.map(async (place) => {
        clearTimeout(place.idleTimer);
        await place.worker?.end();
      }),
    );
  }

  #lease(place: Place<W>): Lease<W> {
    this.#assertOpen();
    clearTimeout(place.idleTimer);
    if (!place.worker?.isAlive) place.worker = this.#start();
    place.load += 1;
    return { worker: place.worker, release: () => this.#release(place) };
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new Error("The workers are closed.");
  }

  #release(place: Place<W>): void {
    place.load -= 1;
    if (place.load > 0 || this.#isClosed) return;
    const [next] = this.#waiting;
    if (next) {
      this.#waiting.delete(next);
      next.resolve(this.#lease(place));
      return;
    }
    if (this.#idleMs === null) return;
    place.idleTimer = setTimeout(() => {
      const { worker } = place;
      place.worker = null;
      void worker?.end();
    }, this.#idleMs);
    place.idleTimer.unref();
  }
}
