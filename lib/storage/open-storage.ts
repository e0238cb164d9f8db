import type { StorageDriver } from "./contract.ts";
import { DiskStorage } from "./disk.ts";
import { MemoryStorage } from "./memory.ts";
import type { S3Settings } from "./s3-settings.ts";

export type StorageSettings =
  /** `folders`: those right below the base path; without it those of `layout.ts`. */
  | { driver: "disk"; basePath: string; folders?: readonly string[] }
  /** `basePath`: files in transit. */
  | { driver: "s3"; basePath: string; s3: S3Settings }
  | { driver: "memory" };

/** The store that the configuration names, ready to serve. Throws what `StorageDriver.open` throws. */
export async function openStorage(settings: StorageSettings): Promise<StorageDriver> {
  const storage = await joinStorage(settings);
  await storage.open();
  return storage;
}

/**
 * The same store in another thread of a process that has opened it. Creates nothing: a volume that went away meanwhile
 * must not look like an empty store.
 */
export async function joinStorage(settings: StorageSettings): Promise<StorageDriver> {
  switch (settings.driver) {
    case "disk":
      return new DiskStorage(settings.basePath, settings.folders);
    case "s3": {
      // Loaded only here: a registry that keeps models on disk does not need the SDK.
      const { S3Storage } = await import("./s3.ts");
      return new S3Storage(settings.s3, settings.basePath);
    }
    case "memory":
      return new MemoryStorage();
  }
}
