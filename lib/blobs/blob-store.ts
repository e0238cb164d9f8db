import { countBlocks } from "#lib/storage/block-sums.ts";
import type { BlobReader, StorageDriver } from "#lib/storage/contract.ts";
import { blobKey, compressedBlobKey } from "#lib/storage/layout.ts";
import type { BlobCache } from "./cache/cache.ts";
import type { CacheStats } from "./cache/cache-stats.ts";
import { type FinishedBytes, type KnownBlob, publishBlob } from "./publish-blob.ts";
import { CheckedReader } from "./reading/checked-reader.ts";
import type { DecodedReader, DecodingThreads } from "./reading/decoding-threads.ts";
import { openRaw, openStored, type StoredReader } from "./reading/open-stored.ts";
import { ReopeningReader } from "./reading/reopening-reader.ts";
import { isDamaged, isMissing, missing } from "./reading/stored-errors.ts";
import { TrustedBlocks } from "./reading/trusted-blocks.ts";
import { type Watch, WatchedReader } from "./reading/watched-reader.ts";
import { revisionOf } from "./verification/check-blob.ts";
import type { KnownSums } from "./verification/known-sums.ts";
import type { VerifiedBlobs } from "./verification/verified-blobs.ts";

/** Copies of blobs in another place, such as backups. */
export type SpareCopies = {
  /** null where there is none. */
  open: (sha256: string, sizeBytes: number) => Promise<BlobReader | null>;
};

export type BlobStoreParts = {
  /** Without threads compressed blobs are decoded in this thread. */
  threads?: DecodingThreads | null;
  /** Decodes in this thread although there are threads, which then only fill the cache. */
  decodesHere?: boolean;
  cache?: BlobCache | null;
  /** Without proofs raw bytes are believed by their length. */
  proofs?: { sums: KnownSums; verified: VerifiedBlobs } | null;
  /**
   * Called with every blob that turns out to be damaged while it is read, or whose checksums nobody knows: such a
   * blob must be verified whole. May be called again and again.
   */
  onDoubt?: (sha256: string) => void;
  /** What damaged blobs are healed from when nothing else is left. */
  spares?: SpareCopies | null;
};

type Blob = { sha256: string; sizeBytes: number; sums: Uint8Array | null };

/** The bytes of blobs, by digest (lower-case hex), whatever form they are kept in. */
export class BlobStore {
  readonly #storage: StorageDriver;
  readonly #threads: DecodingThreads | null;
  readonly #decodesHere: boolean;
  readonly #cache: BlobCache | null;
  readonly #proofs: { sums: KnownSums; verified: VerifiedBlobs } | null;
  readonly #trusted = new TrustedBlocks();
  readonly #onDoubt: (sha256: string) => void;
  readonly #spares: SpareCopies | null;

  constructor(storage: StorageDriver, parts: BlobStoreParts = {}) {
    this.#storage = storage;
    this.#threads = parts.threads ?? null;
    this.#decodesHere = parts.decodesHere ?? false;
    this.#cache = parts.cache ?? null;
    this.#proofs = parts.proofs ?? null;
    this.#onDoubt = parts.onDoubt ?? (() => {});
    this.#spares = parts.spares ?? null;
  }

  /**
   * `sizeBytes` is what the database says. Throws `storage_corrupt` when the bytes are missing, damaged or of another
   * length: the database knows of them, so they should be there. A read throws it for bytes that are not those of the
   * digest; of a blob without checksums only `prove` and the read of the last bytes find that out.
   */
  async openReader(sha256: string, sizeBytes: number): Promise<BlobReader> {
    const onDamage = () => {
      // The checksums themselves may be wrong: the scrub writes the right ones.
      this.#proofs?.sums.forget(sha256);
      this.#onDoubt(sha256);
    };
    try {
      const sums = (await this.#proofs?.sums.find(sha256, sizeBytes)) ?? null;
      const { reader, verify } = await this.#open({ sha256, sizeBytes, sums });
      return new WatchedReader(reader, { verify, onDamage });
    } catch (error) {
      if (isDamaged(error)) onDamage();
      throw error;
    }
  }

  /** The stored form itself, for a check of it: the cache is neither asked nor filled. */
  openStored(sha256: string, sizeBytes: number): Promise<BlobReader> {
    return this.#openStored({ sha256, sizeBytes, sums: null });
  }

  /** The copy in the cache, a source for healing; null when there is none. */
  async openCached(sha256: string, sizeBytes: number): Promise<BlobReader | null> {
    return this.#cache?.openCopy(sha256, sizeBytes) ?? null;
  }

  /** A copy in another place, a source for healing; null when there is none. */
  async openSpare(sha256: string, sizeBytes: number): Promise<BlobReader | null> {
    return this.#spares?.open(sha256, sizeBytes) ?? null;
  }

  /** Whether bytes are stored in one form or the other; they need not be sound. */
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
    if (isNew) await this.#trustNew(sha256);
    return isWritten;
  }

  /** Blocks that were summed on their way into the store need no check at the first download. */
  async #trustNew(sha256: string): Promise<void> {
    const found = this.#isTrusting && (await this.#storage.stat(blobKey(sha256)));
    if (found) this.#trusted.of(sha256, revisionOf(found), countBlocks(found.sizeBytes)).addAll();
  }

  /** A file of a disk is recognised at no cost; the objects of other stores are not. */
  get #isTrusting(): boolean {
    return this.#proofs !== null && this.#storage.kind === "disk";
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
    await this.#proofs?.verified.close();
    await this.#cache?.close();
    await this.#threads?.close();
  }

  async #open(blob: Blob): Promise<Pick<Watch, "verify"> & { reader: BlobReader }> {
    const { sha256, sizeBytes, sums } = blob;
    if (this.#proofs && sums === null) return this.#openUnsummed(blob);
    const isLocal = this.#storage.kind !== "s3" && !this.#cache?.has(sha256);
    const raw = isLocal ? await this.#openLocalRaw(blob) : null;
    if (raw) return { reader: raw, verify: null };
    const open = () => this.#openStored(blob);
    const reader = this.#cache
      ? await this.#cache.openReader(sha256, sizeBytes, open, sums)
      : new ReopeningReader(sizeBytes, open, await open());
    return { reader, verify: null };
  }

  /**
   * Raw bytes are hashed once in a thread, while they are on their way, and have checksums from then on. The
   * compressed form proves itself. A raw copy that the cache made of it does not, so it is left aside until the blob
   * has been verified.
   */
  async #openUnsummed(blob: Blob): Promise<Pick<Watch, "verify"> & { reader: BlobReader }> {
    const { sha256, sizeBytes } = blob;
    const found = await this.#storage.stat(blobKey(sha256));
    const first = await this.#openForm(sha256, sizeBytes);
    const reader = new ReopeningReader(sizeBytes, () => this.#openStored(blob), first);
    if (first.encoding !== "raw") {
      this.#onDoubt(sha256);
      return { reader, verify: null };
    }
    // A file that came a moment later is not trusted; the next reader finds it.
    const file = { sha256, sizeBytes, revision: found ? revisionOf(found) : "" };
    return { reader, verify: () => this.#proofs?.verified.verify(file) ?? Promise.resolve(true) };
  }

  /** null where there are no raw bytes, or bytes of another length: another form may be sound. */
  async #openLocalRaw({ sha256, sizeBytes, sums }: Blob): Promise<BlobReader | null> {
    const key = blobKey(sha256);
    const found = await this.#storage.stat(key);
    const raw = await this.#openRaw(sha256, sizeBytes);
    if (!sums || !raw) return raw;
    if (!found) return new CheckedReader(raw, { sums, trusted: null });
    const revision = revisionOf(found);
    const trusted = this.#trusted.of(sha256, revision, countBlocks(sizeBytes));
    const isSameFile = async () => {
      const now = await this.#storage.stat(key);
      return now !== null && revisionOf(now) === revision;
    };
    return new CheckedReader(raw, { sums, trusted, isSameFile });
  }

  async #openRaw(sha256: string, sizeBytes: number): Promise<StoredReader | null> {
    try {
      return await openRaw({ storage: this.#storage, sha256, sizeBytes });
    } catch (error) {
      // A damaged raw copy may stand beside a sound compressed one.
      if (isMissing(error) || isDamaged(error)) return null;
      throw error;
    }
  }

  /** Raw bytes are read in this thread; only decoding is worth another one. */
  async #openStored(blob: Blob): Promise<BlobReader> {
    const { sha256, sizeBytes, sums } = blob;
    const reader = await this.#openForm(sha256, sizeBytes);
    if (reader.encoding !== "raw" || sums === null) return reader;
    return new CheckedReader(reader, { sums, trusted: null });
  }

  async #openForm(sha256: string, sizeBytes: number): Promise<DecodedReader> {
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
