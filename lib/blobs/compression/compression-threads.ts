import { availableParallelism } from "node:os";
import type { StorageSettings } from "#lib/storage/open-storage.ts";
import { Thread } from "#lib/workers/thread.ts";
import type { EncodeInput, EncodeOutcome } from "./encode-blob.ts";
import type { FoundPiece } from "./find-pieces.ts";

/** One core stays for requests; the threads have a low priority besides. */
export const COMPRESSION_THREADS = Math.max(1, availableParallelism() - 1);
/** A thread without work gives its memory back after this time. */
const IDLE_MS = 30_000;

export type EncodeOptions = {
  signal: AbortSignal;
  /** Answers where blocks with these digests are stored; see `findPieces`. */
  findPieces: (pieces: Uint8Array[]) => Promise<(FoundPiece | null)[]>;
};

/** Encodes blobs away from the event loop, at most `COMPRESSION_THREADS` at a time; the others wait. */
export class CompressionThreads {
  readonly #settings: StorageSettings;
  readonly #free: Thread[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #closing = new AbortController();
  #busy = 0;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(settings: StorageSettings) {
    this.#settings = settings;
  }

  /** Throws what `encodeBlob` throws, and the signal's reason. */
  async encode(input: EncodeInput, options: EncodeOptions): Promise<EncodeOutcome> {
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    await this.#turn(signal);
    const thread = this.#take();
    try {
      return await thread.call<EncodeOutcome>("encode", input, {
        signal,
        onQuestion: options.findPieces as (asked: never) => Promise<unknown>,
      });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      this.#giveBack(thread);
    }
  }

  /** Gives up the blobs that are being encoded. */
  async close(): Promise<void> {
    this.#closing.abort(new Error("The compression is closing."));
    for (const wake of this.#waiting.splice(0)) wake();
    clearTimeout(this.#idleTimer);
    await Promise.all(this.#free.splice(0).map((thread) => thread.end()));
  }

  async #turn(signal: AbortSignal): Promise<void> {
    while (this.#busy >= COMPRESSION_THREADS && !signal.aborted)
      await new Promise<void>((wake) => {
        this.#waiting.push(wake);
        signal.addEventListener("abort", () => wake(), { once: true });
      });
    signal.throwIfAborted();
    this.#busy += 1;
  }

  #take(): Thread {
    clearTimeout(this.#idleTimer);
    for (let free = this.#free.pop(); free !== undefined; free = this.#free.pop())
      if (free.isAlive) return free;
    return new Thread("blobs/compression/compression-worker.ts", { settings: this.#settings });
  }

  #giveBack(thread: Thread): void {
    this.#busy -= 1;
    if (this.#closing.signal.aborted) void thread.end();
    else this.#free.push(thread);
    for (const wake of this.#waiting.splice(0)) wake();
    if (this.#busy > 0) return;
    this.#idleTimer = setTimeout(() => {
      for (const idle of this.#free.splice(0)) void idle.end();
    }, IDLE_MS);
    this.#idleTimer.unref();
  }
}
