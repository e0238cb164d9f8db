import type { BlobChecker } from "./scrub-thread.ts";

/** A thread without work gives its memory back after this time. */
const IDLE_MS = 30_000;

export type RawFile = {
  sha256: string;
  sizeBytes: number;
  /** Identifies the file: one with another revision has other bytes. */
  revision: string;
};

/**
 * Hashes raw files whose checksums nobody knows: they were stored before there were any, or the database was rebuilt.
 * A thread does it, and once however many ask; the checksums of a right file are given to `onSound`.
 */
export class VerifiedBlobs {
  readonly #startChecker: () => BlobChecker;
  readonly #onSound: (sha256: string, blockSums: Uint8Array) => Promise<void>;
  readonly #running = new Map<string, Promise<boolean>>();
  readonly #closing = new AbortController();
  #checker: BlobChecker | null = null;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(
    startChecker: () => BlobChecker,
    onSound: (sha256: string, blockSums: Uint8Array) => Promise<void>,
  ) {
    this.#startChecker = startChecker;
    this.#onSound = onSound;
  }

  /** Whether the file has the bytes of its digest. Throws only where that cannot be learnt. */
  verify(file: RawFile): Promise<boolean> {
    const name = `${file.sha256} ${file.revision}`;
    const running = this.#running.get(name) ?? this.#hash(file);
    this.#running.set(name, running);
    const forget = () => this.#running.delete(name);
    running.then(forget, forget);
    return running;
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error("The blob store is closing."));
    clearTimeout(this.#idleTimer);
    await this.#checker?.end();
  }

  async #hash({ sha256, sizeBytes, revision }: RawFile): Promise<boolean> {
    clearTimeout(this.#idleTimer);
    this.#checker ??= this.#startChecker();
    const input = { sha256, sizeBytes, encoding: "raw", storedBytes: sizeBytes } as const;
    try {
      const { raw } = await this.#checker.check(input, this.#closing.signal);
      // The compression removes raw bytes only after it has hashed them.
      if (raw.state === "absent") return true;
      if (raw.state !== "sound") return false;
      await this.#onSound(sha256, raw.blockSums);
      // If the file was replaced meanwhile, nobody knows what was read of this one.
      return raw.revision === revision;
    } catch (error) {
      // A thread that died is replaced by the next one.
      this.#checker = null;
      throw error;
    } finally {
      this.#endWhenIdle();
    }
  }

  #endWhenIdle(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      if (this.#running.size > 0) return;
      void this.#checker?.end();
      this.#checker = null;
    }, IDLE_MS);
    this.#idleTimer.unref();
  }
}
