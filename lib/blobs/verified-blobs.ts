import type { BlobChecker } from "./scrub-thread.ts";

/** About 10 MB. The longest unasked is forgotten first, and would be hashed once more. */
const REMEMBERED = 50_000;
/** A thread without work gives its memory back after this time. */
const IDLE_MS = 30_000;

export type RawFile = {
  sha256: string;
  sizeBytes: number;
  /** Of the file: another one has other bytes. */
  revision: string;
};

/**
 * Raw files that this process has hashed and found right. A file is hashed once, in a thread, however many ask;
 * as long as it is the same file, every further download costs nothing.
 */
export class VerifiedBlobs {
  readonly #startChecker: () => BlobChecker;
  readonly #verified = new Map<string, string>();
  readonly #running = new Map<string, Promise<boolean>>();
  readonly #closing = new AbortController();
  #checker: BlobChecker | null = null;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(startChecker: () => BlobChecker) {
    this.#startChecker = startChecker;
  }

  has({ sha256, revision }: RawFile): boolean {
    return this.#verified.get(sha256) === revision;
  }

  /** Whether the file is what its digest says. Throws what says nothing about that. */
  verify(file: RawFile): Promise<boolean> {
    const name = `${file.sha256} ${file.revision}`;
    const running = this.#running.get(name) ?? this.#hash(file);
    this.#running.set(name, running);
    const forget = () => this.#running.delete(name);
    running.then(forget, forget);
    return running;
  }

  /** The file is known to be right. */
  remember(sha256: string, revision: string): void {
    this.#verified.delete(sha256);
    this.#verified.set(sha256, revision);
    for (const oldest of this.#verified.keys()) {
      if (this.#verified.size <= REMEMBERED) break;
      this.#verified.delete(oldest);
    }
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
      // Replaced meanwhile: what was read is not what was hashed, and the bytes that were read may be right.
      if (raw.state === "absent") return true;
      if (raw.state === "sound") this.remember(sha256, raw.revision);
      return raw.state === "sound" || raw.revision !== revision;
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
