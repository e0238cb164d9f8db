import { type FileHandle, open } from "node:fs/promises";
import { countBlocks } from "#lib/storage/block-sums.ts";
import type { BlobReader } from "#lib/storage/contract.ts";
import { CheckedReader } from "../reading/checked-reader.ts";
import { BlockSet } from "../reading/trusted-blocks.ts";

/**
 * One blob in the cache: a file that is being filled from its beginning, or a whole one. Readers pin it; a pinned
 * entry is not evicted. All readers share one descriptor.
 */
export class CacheEntry {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Changes when the filled file gets its final name. */
  path: string;
  filledBytes: number;
  /** `gone` means that readers turn to the store. */
  state: "filling" | "ready" | "gone";
  /** When its last use was written down as the file's time, ms since 1970. */
  persistedAt = 0;
  /** When it was used last, ms since 1970. */
  usedAt = 0;
  #pins = 0;
  #handle: Promise<FileHandle> | null = null;
  /** Blocks that need no check, of the file as it was when it was opened last. */
  #trusted: { revision: string; blocks: BlockSet } | null = null;
  #waiting: { end: number; wake: () => void }[] = [];

  constructor(made: {
    sha256: string;
    sizeBytes: number;
    path: string;
    state: "filling" | "ready";
  }) {
    this.sha256 = made.sha256;
    this.sizeBytes = made.sizeBytes;
    this.path = made.path;
    this.state = made.state;
    this.filledBytes = made.state === "ready" ? made.sizeBytes : 0;
  }

  get isPinned(): boolean {
    return this.#pins > 0;
  }

  pin(): void {
    this.#pins += 1;
  }

  async unpin(): Promise<void> {
    this.#pins -= 1;
    if (this.#pins > 0) return;
    const handle = this.#handle;
    this.#handle = null;
    await handle?.then((file) => file.close()).catch(() => {});
  }

  /**
   * A reader for one download; it notices when somebody has written to the file since the last one. The entry must be
   * pinned.
   */
  async openReader(sums: Uint8Array | null): Promise<BlobReader> {
    const { sizeBytes } = this;
    const file = {
      sizeBytes,
      read: (into: Uint8Array, offset: number) => this.read(into, offset),
      close: async () => {},
    };
    return sums ? new CheckedReader(file, { sums, trusted: await this.#lookAtFile() }) : file;
  }

  async #lookAtFile(): Promise<BlockSet> {
    this.#handle ??= open(this.path, "r");
    const { ino, mtimeNs, ctimeNs } = await (await this.#handle).stat({ bigint: true });
    const revision = `${ino}-${mtimeNs}-${ctimeNs}`;
    if (this.#trusted?.revision !== revision)
      this.#trusted = { revision, blocks: new BlockSet(countBlocks(this.sizeBytes)) };
    return this.#trusted.blocks;
  }

  /** The bytes must be filled, and the entry pinned. Throws when the file gives fewer than asked for. */
  async read(into: Uint8Array, offset: number): Promise<number> {
    this.#handle ??= open(this.path, "r");
    const handle = await this.#handle;
    const wanted = Math.min(into.byteLength, this.sizeBytes - offset);
    for (let count = 0; count < wanted; ) {
      const { bytesRead } = await handle.read(into, count, wanted - count, offset + count);
      if (bytesRead === 0) throw new Error(`The cache file of ${this.sha256} is too short.`);
      count += bytesRead;
    }
    return wanted;
  }

  /** Resolves when the bytes before `end` are filled, or will never be. */
  waitFor(end: number): Promise<void> {
    if (this.filledBytes >= end || this.state !== "filling") return Promise.resolve();
    return new Promise((wake) => this.#waiting.push({ end, wake }));
  }

  progress(filledBytes: number): void {
    this.filledBytes = Math.max(this.filledBytes, filledBytes);
    this.#wake((end) => this.filledBytes >= end);
  }

  settle(state: "ready" | "gone"): void {
    this.state = state;
    if (state === "ready") this.filledBytes = this.sizeBytes;
    this.#wake(() => true);
  }

  #wake(isDone: (end: number) => boolean): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const reader of waiting) {
      if (isDone(reader.end)) reader.wake();
      else this.#waiting.push(reader);
    }
  }
}
