import type { StorageDriver } from "./contract.ts";
import { DiskStorage } from "./disk.ts";
import { MemoryStorage } from "./memory.ts";

export type StorageSettings = { driver: "disk"; basePath: string } | { driver: "memory" };

/** The store that the configuration names, ready to serve. Throws what `StorageDriver.open` throws. */
export async function openStorage(settings: StorageSettings): Promise<StorageDriver> {
  const storage =
    settings.driver === "disk" ? new DiskStorage(settings.basePath) : new MemoryStorage();
  await storage.open();
  return storage;
}
