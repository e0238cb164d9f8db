import { availableParallelism } from "node:os";
import type { StorageDriver, UploadShape } from "#lib/storage/contract.ts";
import type { StorageSettings } from "#lib/storage/open-storage.ts";
import { Thread } from "#lib/workers/thread.ts";
import { WorkerPool } from "#lib/workers/worker-pool.ts";
import {
  type AdvanceInput,
  type CommitInput,
  type HashedUpload,
  type HashInput,
  PrefixHashes,
} from "./prefix-hashes.ts";

/** One thread hashes 1 to 2 GB/s, more than a network brings; the event loop needs a core too. */
const THREADS = Math.max(1, Math.min(4, availableParallelism() - 1));
const WORKER_FILE = "uploads/resumable/hash-worker.ts";
/** A thread without work gives its memory back after this time. */
const IDLE_MS = 60_000;

type Input = AdvanceInput | CommitInput | HashInput | { id: string };

/** Hashes and publishes uploads away from the event loop. An upload stays with its thread, which remembers its hash. */
export class UploadHasher {
  readonly #pool: WorkerPool<Thread>;
  /** Set for the memory driver, whose bytes another thread cannot see. */
  readonly #here: PrefixHashes | null;

  constructor(settings: StorageSettings, storage: StorageDriver) {
    const start = () => new Thread(WORKER_FILE, { settings });
    this.#pool = new WorkerPool({ size: THREADS, idleMs: IDLE_MS, start });
    this.#here = settings.driver === "memory" ? new PrefixHashes(storage) : null;
  }

  /** Hashes on; the first `toBytes` must be there. Returns how many bytes are hashed. */
  advance(id: string, shape: UploadShape, toBytes: number): Promise<number> {
    if (this.#here) return this.#here.advance({ id, shape, toBytes });
    return this.#call("advance", { id, shape, toBytes });
  }

  /** The hash of the whole, of which all parts must be there. */
  digest(id: string, shape: UploadShape): Promise<HashedUpload> {
    if (this.#here) return this.#here.digest({ id, shape });
    return this.#call("digest", { id, shape });
  }

  /** Makes the bytes that were hashed visible under `key`, durably. */
  commit(id: string, shape: UploadShape, key: string): Promise<{ existed: boolean }> {
    if (this.#here) return this.#here.commit({ id, shape, key });
    return this.#call("commit", { id, shape, key });
  }

  /** Gives up the hash of an upload. */
  async forget(id: string): Promise<void> {
    if (this.#here) return this.#here.forget({ id });
    if (this.#pool.peek(numberOf(id))) await this.#call("forget", { id });
  }

  async close(): Promise<void> {
    await this.#here?.close();
    await this.#pool.close();
  }

  async #call<T>(kind: string, input: Input): Promise<T> {
    const { worker, release } = this.#pool.pin(numberOf(input.id));
    try {
      return await worker.call<T>(kind, input);
    } finally {
      release();
    }
  }
}

/** The beginning of an upload's id is random, so it spreads uploads over the threads. */
function numberOf(id: string): number {
  return Number.parseInt(id.slice(0, 8), 16);
}
