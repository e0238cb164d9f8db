import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Logger } from "../log.ts";
import type { StorageDriver } from "../storage/contract.ts";
import { CACHE_FOLDER_NAME } from "../storage/layout.ts";
import type { StorageSettings } from "../storage/open-storage.ts";
import { BlobStore } from "./blob-store.ts";
import { BlobCache } from "./cache.ts";
import { DecodingThreads } from "./decoding-threads.ts";
import { startChecker } from "./scrub-thread.ts";
import { VerifiedBlobs } from "./verified-blobs.ts";

export type BlobStoreSettings = StorageSettings & {
  basePath: string;
  cacheSizeBytes: number;
  minFreeSpaceBytes: number;
};

/** The blob store of a server process. The memory driver has neither threads nor a cache: its bytes are in one thread. */
export async function openBlobStore(
  settings: BlobStoreSettings,
  storage: StorageDriver,
  log: Logger,
  onDamage: (sha256: string) => void = () => {},
): Promise<BlobStore> {
  if (storage.kind === "memory") return new BlobStore(storage, { onDamage });
  const threads = new DecodingThreads(settings);
  const data = { settings, bytesPerSecond: Number.POSITIVE_INFINITY, isAwaited: true };
  const verified = new VerifiedBlobs(() => startChecker(storage, data));
  // With one core nobody can decode beside the sending, and messages between threads cost as much as the sending.
  const decodesHere = availableParallelism() === 1;
  const parts = { threads, decodesHere, verified, onDamage };
  if (settings.cacheSizeBytes === 0) return new BlobStore(storage, parts);
  const cache = new BlobCache(
    {
      folder: join(settings.basePath, CACHE_FOLDER_NAME),
      limitBytes: settings.cacheSizeBytes,
      minFreeBytes: settings.minFreeSpaceBytes,
    },
    (input, options) => threads.fill(input, options),
    (error) => log.warn({ operation: "fill_cache", error }, "a blob is served without the cache"),
  );
  await cache.open();
  return new BlobStore(storage, { ...parts, cache });
}
