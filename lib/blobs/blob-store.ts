import type { BlobReader, StorageDriver } from "../storage/contract.ts";
import { blobKey, compressedBlobKey } from "../storage/layout.ts";
import type { BlobCache } from "./cache.ts";
import type { CacheStats } from "./cache-stats.ts";
import { revisionOf } from "./check-blob.ts";
import type { DecodingThreads } from "./decoding-threads.ts";
import { openRaw, openStored } from "./open-stored.ts";
import { type FinishedBytes, type KnownBlob, publishBlob } from "./publish-blob.ts";
import { ReopeningReader } from "./reopening-reader.ts";
import { isDamaged, isMissing, missing } from "./stored-errors.ts";
import type { VerifiedBlobs } from "./verified-blobs.ts";
import { WatchedReader } from "./watched-reader.ts";

export type BlobStoreParts = {
  /** Without them compressed blobs are decoded in this thread. */
  threads?: DecodingThreads | null;
  /** Although there are threads, which then only fill the cache. */
  decodesHere?: boolean;
  cache?: BlobCache | null;
  /** Without them raw bytes are believed by their length. */
  verified?: VerifiedBlobs | null;
  /** Told of every blob that turns out to be damaged while it is read; may be told again and again. */
  onDamage?: (sha256: string) => void;
};

/** The bytes of blobs, by digest (lower-case hex), whatever form they are kept in. */
export class BlobStore {
  readonly #storage: StorageDriver;
  readonly #threads: DecodingThreads | null;
  readonly #decodesHere: boolean;
  readonly #cache: BlobCache | null;
  readonly #verified: VerifiedBlobs | null;
  readonly #onDamage: (sha256: string) => void;

  constructor(storage: StorageDriver, parts: BlobStoreParts = {}) {
    this.#storage = storage;
    this.#threads = parts.threads ?? null;
    this.#decodesHere = parts.decodesHere ?? false;
    this.#cache = parts.cache ?? null;
    this.#verified = parts.verified ?? null;
    this.#onDamage = parts.onDamage ?? (() => {});
  }

  /**
   * `sizeBytes` is what the database says. Throws `storage_corrupt` when the bytes are missing, damaged, or of
   * another length: the database knows of them, so they should be there. So does the read of the last bytes when
   * they are others than those of the digest.
   */
  async openReader(sha256: string, sizeBytes: number): Promise<BlobReader> {
    const onDamage = () => this.#onDamage(sha256);
    try {
      const isLocal = this.#storage.kind !== "s3";
      if (isLocal && !this.#cache?.has(sha256)) {
        const raw = await this.#openVerified(sha256, sizeBytes);
        if (raw) return raw;
      }
      const open = () => this.#openStored(sha256, sizeBytes);
      const reader = this.#cache
        ? await this.#cache.openReader(sha256, sizeBytes, open)
        : new ReopeningReader(sizeBytes, open, await open());
      return new WatchedReader(reader, { verify: null, onDamage });
    } catch (error) {
      if (isDamaged(error)) onDamage();
      throw error;
    }
  }

  /** The stored form itself, for whoever checks it: the cache is neither asked nor filled. */
  openStored(sha256: string, sizeBytes: number): Promise<BlobReader> {
    return this.#openStored(sha256, sizeBytes);
  }

  /** The copy in the cache, a source for healing; null when there is none. */
  async openCached(sha256: string, sizeBytes: number): Promise<BlobReader | null> {
    return this.#cache?.openCopy(sha256, sizeBytes) ?? null;
  }

  /** Whether bytes are stored in one form or the other; says nothing about their being sound. */
  async has(sha256: string): Promise<boolean> {
    for (const key of [blobKey(sha256), compressedBlobKey(sha256), blobKey(sha256)])
      if ((await this.#storage.stat(key)) !== null) return true;
    return false;
  }

  /** See `publishBlob`; most callers want `publishBlobs`. */
  async publish(bytes: FinishedBytes, sha256: string, known: KnownBlob | null): Promise<boolean> {
    let isNew = false;
    const noted = {
      commit: async (key: string) => {
        const committed = await bytes.commit(key);
        isNew = !committed.existed;
        return committed;
      },
    };
    const isWritten = await publishBlob(this.#storage, noted, sha256, known);
    if (isWritten && known?.isDamaged) await this.#cache?.evict(sha256);
    if (isNew) await this.#rememberNew(sha256);
    return isWritten;
  }

  /** What was hashed on its way into the store needs no hashing at its first download. */
  async #rememberNew(sha256: string): Promise<void> {
    const found = this.#verified && (await this.#storage.stat(blobKey(sha256)));
    if (found) this.#verified?.remember(sha256, revisionOf(found));
  }

  /** Drops the copy in the cache; readers of it go on from the store. */
  async evict(sha256: string): Promise<void> {
    await this.#cache?.evict(sha256);
  }

  /** null when there is no cache. */
  cacheStats(): CacheStats | null {
    return this.#cache?.stats() ?? null;
  }

  async close(): Promise<void> {
    await this.#verified?.close();
    await this.#cache?.close();
    await this.#threads?.close();
  }

  /** Raw bytes on a disk carry no checksums: they are hashed when a file is downloaded for the first time. */
  async #openVerified(sha256: string, sizeBytes: number): Promise<BlobReader | null> {
    const verified = this.#verified;
    const found = verified && (await this.#storage.stat(blobKey(sha256)));
    const raw = await this.#openRaw(sha256, sizeBytes);
    if (!verified || !found || !raw) return raw;
    const file = { sha256, sizeBytes, revision: revisionOf(found) };
    if (verified.has(file)) return raw;
    const verify = () => verified.verify(file);
    return new WatchedReader(raw, { verify, onDamage: () => this.#onDamage(sha256) });
  }

  async #openRaw(sha256: string, sizeBytes: number): Promise<BlobReader | null> {
    try {
      return await openRaw({ storage: this.#storage, sha256, sizeBytes });
    } catch (error) {
      // A damaged raw copy may stand beside a sound compressed one.
      if (isMissing(error) || isDamaged(error)) return null;
      throw error;
    }
  }

  /** Raw bytes are read here; only decoding is worth another thread. */
  async #openStored(sha256: string, sizeBytes: number): Promise<BlobReader> {
    if (!this.#threads || this.#decodesHere) return openStored(this.#storage, sha256, sizeBytes);
    const raw = await this.#openRaw(sha256, sizeBytes);
    if (raw) return raw;
    try {
      return await this.#threads.open({ sha256, sizeBytes });
    } catch (error) {
      throw isMissing(error) ? missing(error) : error;
    }
  }
}
