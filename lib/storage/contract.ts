/**
 * What the registry asks of a place that keeps bytes. The drivers are disk, S3 and memory; all pass the suites in
 * `contract-suite.ts` and `upload-suite.ts`. Keys are made by `layout.ts` only; a driver never sees a string that a
 * client chose.
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
  stat(key: string): Promise<StoredObject | null>;
  /** The time by the clock that `modifiedAt` comes from, which need not be this machine's. */
  now(): Promise<Date>;
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
   * A resumable transfer of known size whose parts come in any order, in parallel and more than once. `id` is ours (a
   * UUID), never a client's. Opening one that exists goes on with it, also in another process or on another replica;
   * the caller remembers which parts are there.
   */
  openUpload(id: string, shape: UploadShape): Promise<UploadArea>;
  /** Ids of the transfers that have bytes here. */
  listUploads(): AsyncIterable<string>;
  /** Removes every trace of a transfer; removing what is not there succeeds. */
  removeUpload(id: string): Promise<void>;

  /**
   * Removes temp data of writers that no process holds any more: of dead processes of this machine at
   * once, of processes that cannot be judged from here (another machine or container) when nothing was
   * written for `olderThanMs` by the store's clock. Returns how many bytes came free.
   */
  reclaimTemporary(olderThanMs: number): Promise<{ files: number; bytes: number }>;
  /** Bytes of the volume, null where the store cannot tell. */
  capacity(): Promise<{ totalBytes: number; freeBytes: number } | null>;
  /**
   * A URL whose holder may read the bytes from the store itself for `ttlSeconds`, and gets them with these headers.
   * Absent where clients cannot reach the store. The key is not looked up.
   */
  createDownloadUrl?(
    key: string,
    answer: { contentType: string; contentDisposition: string; ttlSeconds: number },
  ): Promise<string>;
}

export type StoredObject = {
  sizeBytes: number;
  modifiedAt: Date;
  /** Changes when the bytes are written again or others take their place; absent where the store cannot tell. */
  revision?: string;
};

/**
 * One write in progress. Obligations of the caller: calls one after the other, and exactly one of
 * `commit` and `abort` at the end.
 * Write errors map to `insufficient_storage` (ENOSPC, EDQUOT) and `storage_read_only` (EROFS, EACCES).
 */
export interface BlobWriter {
  readonly bytesWritten: number;
  /** Checksums of everything written, after `finish`; see `block-sums.ts`. */
  readonly blockSums: Uint8Array;
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

export type UploadShape = {
  sizeBytes: number;
  /** Every part but the last has this length; part `n` (from 0) begins at `n * partSizeBytes`. */
  partSizeBytes: number;
};

/** The bytes of one resumable transfer. Write errors map as for `BlobWriter`. */
export interface UploadArea {
  /** One attempt at a part. The caller sees to it that no two attempts at one part run at once. */
  createPartWriter(part: number): Promise<PartWriter>;
  /** The parts written so far, at their offsets; what was never written reads as zeros or `storage_corrupt`. */
  openReader(): Promise<BlobReader>;
  /**
   * The whole, durable and visible under `key`, as `BlobWriter.commit`. The caller has verified the
   * digest of what `openReader` gives, and lets no part be written meanwhile or later. The parts stay until
   * `removeUpload`, so that it can be repeated after a crash.
   */
  commit(key: string): Promise<{ existed: boolean }>;
  /** Gives up descriptors; the bytes stay. Safe to call twice. */
  close(): Promise<void>;
}

export interface PartWriter {
  /** Resolves when the writer can take more; `chunk` is not kept after that. Throws past the part's length. */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * The part survives a crash of the process and of the machine when it resolves. Throws `length_mismatch` unless
   * exactly the part's length was written.
   */
  finish(): Promise<void>;
  /** Drops this attempt. Safe to call twice and after `finish`. */
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
  /**
   * For a caller that passes the bytes on: resolves when all bytes that were read so far are known to be those that
   * were stored. Throws `storage_corrupt`. Absent where a read proves its own bytes, or nothing can be proven.
   */
  prove?(): Promise<void>;
  /** Safe to call twice. */
  close(): Promise<void>;
}
