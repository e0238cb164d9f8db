import { availableParallelism } from "node:os";
import type { StorageDriver, UploadShape } from "#lib/storage/contract.ts";
import type { StorageSettings } from "#lib/storage/open-storage.ts";
import { Thread } from "#lib/workers/thread.ts";
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
  readonly #settings: StorageSettings;
  readonly #threads = new Map<number, Thread>();
  /** Set for the memory driver, whose bytes another thread cannot see. */
  readonly #here: PrefixHashes | null;
  #idleTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(settings: StorageSettings, storage: StorageDriver) {
    this.#settings = settings;
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
    if (this.#threads.get(this.#threadOf(id))?.isAlive) await this.#call("forget", { id });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idleTimer);
    await this.#here?.close();
    const threads = [...this.#threads.values()];
    this.#threads.clear();
    await Promise.all(threads.map((thread) => thread.end()));
  }

  async #call<T>(kind: string, input: Input): Promise<T> {
    if (this.#isClosed) throw new Error("The hasher is closed.");
    clearTimeout(this.#idleTimer);
    const number = this.#threadOf(input.id);
    let thread = this.#threads.get(number);
    if (!thread?.isAlive) {
      thread = new Thread(WORKER_FILE, { settings: this.#settings });
      this.#threads.set(number, thread);
    }
    try {
      return await thread.call<T>(kind, input);
    } finally {
      this.#endWhenIdle();
    }
  }

  #threadOf(id: string): number {
    return Number.parseInt(id.slice(0, 8), 16) % THREADS;
  }

  #endWhenIdle(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      for (const [number, thread] of this.#threads) {
        if (thread.pendingCalls > 0) continue;
        this.#threads.delete(number);
        void thread.end();
      }
    }, IDLE_MS);
    this.#idleTimer.unref();
  }
}
