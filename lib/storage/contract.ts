/**
 * What the registry asks of a place that keeps bytes. Drivers: disk, memory (and S3 later); every
 * driver passes the one suite in `contract-suite.ts`.
 *
 * Keys are made by `layout.ts` only; a driver never sees a string that a client chose.
 */
export interface StorageDriver {
  readonly kind: "disk" | "memory" | "s3";

  /** Ready to serve: creates its folders, proves that it can write. Throws `storage_read_only`. */
  open(): Promise<void>;
  close(): Promise<void>;

  /** Starts a private, invisible write. Nothing is visible before `commit`. */
  createWriter(): Promise<BlobWriter>;

  /** Throws `blob_not_found`. */
  openReader(key: string): Promise<BlobReader>;
  /** null when there is none. */
  stat(key: string): Promise<{ sizeBytes: number; modifiedAt: Date } | null>;
  /** Removes; removing what is not there succeeds. */
  remove(key: string): Promise<void>;
  /** Moves within the store, durably; replaces the target. Throws `blob_not_found`. */
  move(from: string, to: string): Promise<void>;
  /** Keys below a prefix, in bytewise order. */
  list(prefix: string): AsyncIterable<string>;
  /** Small documents (manifests): written durably in one step, replaced atomically. */
  putDocument(key: string, content: Uint8Array): Promise<void>;
  /** Throws `blob_not_found`. */
  getDocument(key: string): Promise<Uint8Array>;
  /** Removes temp data of writers that no process holds any more; gives how many bytes came free. */
  reclaimTemporary(olderThanMs: number): Promise<{ files: number; bytes: number }>;
  /** Bytes of the volume, null where the store cannot tell. */
  capacity(): Promise<{ totalBytes: number; freeBytes: number } | null>;
}

/**
 * One write in progress. Obligations of the caller: exactly one of `commit` and `abort` at the end.
 * Write errors map to `insufficient_storage` (ENOSPC, EDQUOT) and `storage_read_only` (EROFS, EACCES).
 */
export interface BlobWriter {
  readonly bytesWritten: number;
  /** Resolves when the writer can take more (backpressure); `chunk` is not kept after that. */
  write(chunk: Uint8Array): Promise<void>;
  /** Lowercase hex SHA-256 of everything written so far; no more writes after it. */
  finish(): Promise<{ sha256: string; sizeBytes: number }>;
  /** The written bytes, readable before they are published (after `finish`). */
  openReader(): Promise<BlobReader>;
  /**
   * Durable and visible under `key` when it resolves: fsync, rename, fsync of the folder.
   * If the key exists already, the temp data is dropped and the existing bytes stay.
   */
  commit(key: string): Promise<{ existed: boolean }>;
  /** Removes every trace. Safe to call twice, and after a failed commit. */
  abort(): Promise<void>;
}

export interface BlobReader {
  readonly sizeBytes: number;
  /** Fills `into` from `offset`; gives the count of bytes read (less only at the end). */
  read(into: Uint8Array, offset: number): Promise<number>;
  close(): Promise<void>;
}
