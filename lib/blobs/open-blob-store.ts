import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Database } from "#lib/db/client.ts";
import type { Logger } from "#lib/log.ts";
import type { StorageDriver } from "#lib/storage/contract.ts";
import { CACHE_FOLDER_NAME } from "#lib/storage/layout.ts";
import type { StorageSettings } from "#lib/storage/open-storage.ts";
import { BlobStore, type SpareCopies } from "./blob-store.ts";
import { BlobCache } from "./cache/cache.ts";
import { DecodingThreads } from "./reading/decoding-threads.ts";
import { KnownSums } from "./verification/known-sums.ts";
import { startChecker } from "./verification/scrub-thread.ts";
import { VerifiedBlobs } from "./verification/verified-blobs.ts";

export type BlobStoreSettings = StorageSettings & {
  basePath: string;
  cacheSizeBytes: number;
  cacheFolder?: string;
  minFreeSpaceBytes: number;
};

type Surroundings = {
  db: Database;
  log: Logger;
  /** See `BlobStoreParts`. */
  onDoubt?: (sha256: string) => void;
  spares?: SpareCopies;
};

/** The blob store of a server process. The memory driver has neither threads nor a cache: its bytes are in one thread. */
export async function openBlobStore(
  settings: BlobStoreSettings,
  storage: StorageDriver,
  { db, log, onDoubt = () => {}, spares }: Surroundings,
): Promise<BlobStore> {
  if (storage.kind === "memory") return new BlobStore(storage, { onDoubt, spares: spares ?? null });
  const threads = new DecodingThreads(settings);
  const data = { settings, bytesPerSecond: Number.POSITIVE_INFINITY, isAwaited: true };
  const sums = new KnownSums(db);
  const verified = new VerifiedBlobs(
    () => startChecker(storage, data),
    (sha256, blockSums) => sums.save(sha256, blockSums),
  );
  // With one core nobody can decode beside the sending, and messages between threads cost as much as the sending.
  const decodesHere = availableParallelism() === 1;
  const proofs = { sums, verified };
  const parts = { threads, decodesHere, proofs, onDoubt, spares: spares ?? null };
  if (settings.cacheSizeBytes === 0) return new BlobStore(storage, parts);
  const cache = new BlobCache(
    {
      folder: join(settings.basePath, CACHE_FOLDER_NAME, settings.cacheFolder ?? ""),
      limitBytes: settings.cacheSizeBytes,
      minFreeBytes: settings.minFreeSpaceBytes,
    },
    (input, options) => threads.fill(input, options),
    (error) => log.warn({ operation: "fill_cache", error }, "a blob is served without the cache"),
  );
  await cache.open();
  return new BlobStore(storage, { ...parts, cache });
}
