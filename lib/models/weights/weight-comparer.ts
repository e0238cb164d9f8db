import { RegistryError } from "#lib/errors.ts";
import type { BlobReader } from "#lib/storage/contract.ts";
import { Thread } from "#lib/workers/thread.ts";
import { WorkerPool } from "#lib/workers/worker-pool.ts";
import type { Measured } from "./measure-tensor.ts";

export type TensorSide = {
  /** Which of the files it is in. */
  file: number;
  name: string;
  dtype: string;
  shape: readonly number[];
};
/** Two tensors of one shape. */
export type TensorPair = { from: TensorSide; to: TensorSide };
/** `least`: so many of the pairs are compared, however long it takes. */
export type Work = { pairs: TensorPair[]; least: number };
export type MeasureInput = Work & { files: { sha256: string; sizeBytes: number }[] };
export type AskedBytes = { file: number; offset: number; lengthBytes: number };
/**
 * Or why there are no numbers: its dtypes have none to compare, nobody knows where in the file it is, the file is damaged.
 */
export type Outcome = Measured | { reason: "dtype" | "format" | "damaged" };
type File = { sha256: string; sizeBytes: number; open: () => Promise<BlobReader> };

/** One core may compare; what else is asked meanwhile waits. */
const THREADS = 1;
/** A request does not wait longer for those before it. */
const WAIT_MS = 20_000;
/** After this time an answer gives what it has: the next request goes on from there. */
const ENOUGH_MS = 10_000;
/** A thread that has not stopped by then hangs in something, and is ended. */
const END_MS = 120_000;
const IDLE_MS = 60_000;
/** Places of a million tensors, and the steps that are compared. */
const HEAP_MB = 1024;
/** The most that the thread gets for one question; a longer header makes a file of whose tensors nobody knows the place. */
const READ_MAX_BYTES = 128 * 1024 * 1024;

/** Compares the values of tensors in a thread of low priority, within limits of time and memory. */
export class WeightComparer {
  readonly #pool = new WorkerPool({ size: THREADS, idleMs: IDLE_MS, start: startThread });

  /**
   * Outcomes of the first pairs, at least of `least`. Throws `unavailable` when others are in front for too long or the work
   * takes too much, the signal's reason, and what opening a file throws, `storage_corrupt` aside.
   */
  async measure(files: readonly File[], work: Work, signal?: AbortSignal): Promise<Outcome[]> {
    const { worker, release } = await this.#take(signal);
    const readers = new Map<number, Promise<BlobReader>>();
    const read = async ({ file, offset, lengthBytes }: AskedBytes) => {
      signal?.throwIfAborted();
      const opening = readers.get(file) ?? (files[file] as File).open();
      readers.set(file, opening);
      const reader = await opening;
      const length = Math.max(0, Math.min(lengthBytes, reader.sizeBytes - offset));
      if (length > READ_MAX_BYTES)
        throw new RegistryError("invalid_model_file", `A part of ${length} bytes is not read.`);
      const bytes = new Uint8Array(length);
      await reader.read(bytes, offset);
      return bytes;
    };
    const limits = [AbortSignal.timeout(ENOUGH_MS), ...(signal ? [signal] : [])];
    const end = setTimeout(() => void worker.end(), END_MS);
    try {
      const named = files.map(({ sha256, sizeBytes }) => ({ sha256, sizeBytes }));
      const input: MeasureInput = { ...work, files: named };
      return await worker.call<Outcome[]>("measure", input, {
        signal: AbortSignal.any(limits),
        onQuestion: read as (asked: never) => Promise<unknown>,
      });
    } catch (error) {
      if (worker.isAlive) throw error;
      throw tooMuch(error);
    } finally {
      clearTimeout(end);
      release();
      for (const opening of readers.values()) void opening.then((reader) => reader.close(), ignore);
    }
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #take(signal: AbortSignal | undefined) {
    const late = AbortSignal.timeout(WAIT_MS);
    try {
      return await this.#pool.take(AbortSignal.any(signal ? [late, signal] : [late]));
    } catch (error) {
      if (!late.aborted) throw error;
      const text = "Other comparisons of weights are in front. Ask again later.";
      throw new RegistryError("unavailable", text, { cause: error, retryAfterSeconds: 10 });
    }
  }
}

const ignore = () => {};

function startThread(): Thread {
  return new Thread("models/weights/weights-worker.ts", null, { maxOldGenerationSizeMb: HEAP_MB });
}

function tooMuch(cause?: unknown): RegistryError {
  const text = "The comparison of these weights takes too much time or memory.";
  return new RegistryError("unavailable", text, { cause });
}
