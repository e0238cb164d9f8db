/**
 * What the registry asks of a place that keeps bytes. Drivers: disk, memory (and S3 later); every
 * driver passes the one suite in `contract-suite.ts`.
 *
 * Keys are made by `layout.ts` only; a driver never sees a string that a client chose.
 */
export interface StorageDriver {
  readonly kind: "disk" | "memory" | "s3";

  /**
   * Ready to serve: creates its folders, proves that it can write, removes what dead processes left
   * in the middle of a write. Throws `storage_read_only`, `insufficient_storage`.
   */
  open(): Promise<void>;
  close(): Promise<void>;

  /** Starts a private, invisible write. Nothing is visible before `commit`. */
  createWriter(): Promise<BlobWriter>;

  /**
   * Throws `blob_not_found`; with `expectedSizeBytes` also `storage_corrupt` when the stored bytes
   * have another length. Whoever knows the length from the database must pass it.
   */
  openReader(key: string, options?: { expectedSizeBytes?: number }): Promise<BlobReader>;
  /** null when there is none. */
  stat(key: string): Promise<{ sizeBytes: number; modifiedAt: Date } | null>;
  /** Removes; removing what is not there succeeds. */
  remove(key: string): Promise<void>;
  /** Moves within the store, durably; replaces the target. Throws `blob_not_found`. */
  move(from: string, to: string): Promise<void>;
  /** Keys below a folder (`metadata/`; empty for all), in bytewise order, writes in progress left out. */
  list(folder: string): AsyncIterable<string>;
  /** Small documents (manifests): written durably in one step, replaced atomically. */
  putDocument(key: string, content: Uint8Array): Promise<void>;
  /** Throws `blob_not_found`. */
  getDocument(key: string): Promise<Uint8Array>;
  /**
   * Removes temp data of writers that no process holds any more: of dead processes of this machine at
   * once, of processes that cannot be judged from here (another machine or container) when nothing was
   * written for `olderThanMs`. Gives how many bytes came free.
   */
  reclaimTemporary(olderThanMs: number): Promise<{ files: number; bytes: number }>;
  /** Bytes of the volume, null where the store cannot tell. */
  capacity(): Promise<{ totalBytes: number; freeBytes: number } | null>;
}

/**
 * One write in progress. Obligations of the caller: calls one after the other, and exactly one of
 * `commit` and `abort` at the end.
 * Write errors map to `insufficient_storage` (ENOSPC, EDQUOT) and `storage_read_only` (EROFS, EACCES).
 */
export interface BlobWriter {
  readonly bytesWritten: number;
  /** Resolves when the writer can take more (backpressure); `chunk` is not kept after that. */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Lowercase hex SHA-256 of everything written so far; no more writes after it. Gives up buffers and
   * descriptors, so that thousands of finished writers may wait for their commit.
   */
  finish(): Promise<{ sha256: string; sizeBytes: number }>;
  /** The written bytes, readable before they are published (after `finish`). */
  openReader(): Promise<BlobReader>;
  /**
   * Durable and visible under `key` when it resolves: fsync, rename, fsync of the folder.
   * If the key exists with the same length, the temp data is dropped and the existing bytes stay. With
   * another length the existing bytes are damaged (keys are digests) and these take their place.
   */
  commit(key: string): Promise<{ existed: boolean }>;
  /** Removes every trace. Safe to call twice, after a failed commit, and after a commit (does nothing). */
  abort(): Promise<void>;
}

export interface BlobReader {
  readonly sizeBytes: number;
  /**
   * Fills `into` from `offset`; gives the count of bytes read (less only at the end).
   * Throws `storage_corrupt` when the bytes end before `sizeBytes` or cannot be read.
   * Reads may run in parallel.
   */
  read(into: Uint8Array, offset: number): Promise<number>;
  /** Safe to call twice. */
  close(): Promise<void>;
}
