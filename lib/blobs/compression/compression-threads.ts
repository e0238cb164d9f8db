import { availableParallelism } from "node:os";
import type { StorageSettings } from "#lib/storage/open-storage.ts";
import { Thread } from "#lib/workers/thread.ts";
import { WorkerPool } from "#lib/workers/worker-pool.ts";
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
  readonly #pool: WorkerPool<Thread>;
  readonly #closing = new AbortController();

  constructor(settings: StorageSettings) {
    const start = () => new Thread("blobs/compression/compression-worker.ts", { settings });
    this.#pool = new WorkerPool({ size: COMPRESSION_THREADS, idleMs: IDLE_MS, start });
  }

  /** Throws what `encodeBlob` throws, and the signal's reason. */
  async encode(input: EncodeInput, options: EncodeOptions): Promise<EncodeOutcome> {
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    const { worker, release } = await this.#pool.take(signal);
    try {
      return await worker.call<EncodeOutcome>("encode", input, {
        signal,
        onQuestion: options.findPieces as (asked: never) => Promise<unknown>,
      });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      release();
    }
  }

  /** Gives up the blobs that are being encoded. */
  async close(): Promise<void> {
    this.#closing.abort(new Error("The compression is closing."));
    await this.#pool.close();
  }
}
