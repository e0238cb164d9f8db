/** Reads a blob from the store in whatever form it is kept, the cache left aside. Runs in every thread. */

import { type BlockRange, otherVersionOf } from "#lib/mrz/format.ts";
import { openMrz } from "#lib/mrz/open-mrz.ts";
import type { BlobReader, StorageDriver } from "#lib/storage/contract.ts";
import { blobKey, compressedBlobKey } from "#lib/storage/layout.ts";

import { isDamaged, isMissing, missing } from "./stored-errors.ts";

/** `chainDepth` and `blockRange` are what compressed blobs need to know of the blobs that they refer to. */
export type StoredReader = BlobReader & {
  readonly encoding: "raw" | "mrz";
  /** How many blobs must be opened, one through the other; 0 for raw bytes. */
  readonly chainDepth: number;
  /** Where a block's bytes are in the raw blob. */
  readonly blockRange?: (block: number) => BlockRange | null;
  /** See `MrzReader`. */
  readonly windowRange?: (window: number) => BlockRange;
};

type Blob = {
  storage: StorageDriver;
  sha256: string;
  sizeBytes: number;
  /** How many blobs may still be opened through this one: damaged files may refer to each other in a circle. */
  depthLeft?: number | undefined;
};

/**
 * Tries raw, compressed, then raw once more: the compression makes the compressed copy durable before it removes the
 * raw one, and healing does the opposite, so that a reader that misses one finds the other a moment later.
 * `sizeBytes` is what the database says. Throws `storage_corrupt` when the bytes are missing, damaged or of another
 * length.
 */
export async function openStored(
  storage: StorageDriver,
  sha256: string,
  sizeBytes: number,
  depthLeft?: number,
): Promise<StoredReader> {
  const blob: Blob = { storage, sha256, sizeBytes, depthLeft };
  let failure: unknown;
  for (const open of [openRaw, openCompressed, openRaw]) {
    try {
      return await open(blob);
    } catch (error) {
      if (!isMissing(error) && !isDamaged(error)) throw error;
      // Damage is the better reason to report than absence.
      if (failure === undefined || isDamaged(error)) failure = error;
    }
  }
  // Bytes of another version are neither missing nor damaged: the client learns what they are.
  throw otherVersionOf(failure) === null ? missing(failure) : failure;
}

/** Throws `blob_not_found` and `storage_corrupt`. */
export async function openRaw({ storage, sha256, sizeBytes }: Blob): Promise<StoredReader> {
  const reader = await storage.openReader(blobKey(sha256), { expectedSizeBytes: sizeBytes });
  // The reader is wrapped, not spread: its fields may be private.
  return {
    sizeBytes,
    encoding: "raw",
    chainDepth: 0,
    read: (into, offset) => reader.read(into, offset),
    close: () => reader.close(),
  };
}

async function openCompressed({
  storage,
  sha256,
  sizeBytes,
  depthLeft,
}: Blob): Promise<StoredReader> {
  const reader = await openMrz({
    file: await storage.openReader(compressedBlobKey(sha256)),
    openSource: (source, left) => openStored(storage, source.sha256, source.sizeBytes, left),
    ...(depthLeft === undefined ? {} : { depthLeft }),
  });
  if (reader.sha256 !== sha256 || reader.sizeBytes !== sizeBytes) {
    await reader.close();
    throw missing(new Error(`${sha256}: the compressed copy is of other bytes`));
  }
  return {
    sizeBytes,
    encoding: "mrz",
    chainDepth: reader.chainDepth,
    blockRange: (block) => reader.blockRange(block),
    windowRange: (window) => reader.windowRange(window),
    read: (into, offset) => reader.read(into, offset),
    close: () => reader.close(),
  };
}
