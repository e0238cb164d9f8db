/** Space for bytes that are about to be received: an upload that cannot fit ends before its first byte. */
import { RegistryError } from "#lib/errors.ts";
import type { StorageDriver } from "#lib/storage/contract.ts";

export type SpaceLimits = { minFreeSpaceBytes: number };

export type SpaceClaim = {
  /** The received bytes are on their way to the disk, whose free space shows them soon. */
  received(bytes: number): void;
  /** Safe to call twice. */
  release(): void;
};

/** Bytes received and not yet seen in the free space: two batches of a writer, and what its file system holds back. */
const UNSEEN_BYTES = 2 * 1024 * 1024;

/** Bytes that the running requests of this process have announced and not yet written, for each store. */
const claimed = new WeakMap<StorageDriver, number>();

/** Throws `insufficient_storage` unless that many bytes fit. */
export async function checkSpace(
  storage: StorageDriver,
  neededBytes: number,
  limits: SpaceLimits,
): Promise<void> {
  const capacity = await storage.capacity();
  if (capacity) refuseUnlessFree(capacity.freeBytes, neededBytes, limits);
}

/**
 * Claims space for a request that sends its bytes now. Of many that arrive together as many are let in as fit,
 * instead of all of them failing half-way. Throws `insufficient_storage`.
 */
export async function claimSpace(
  storage: StorageDriver,
  neededBytes: number,
  limits: SpaceLimits,
): Promise<SpaceClaim> {
  const capacity = await storage.capacity();
  // Nothing may be awaited from here to the claim.
  const others = claimed.get(storage) ?? 0;
  if (capacity) refuseUnlessFree(capacity.freeBytes - others, neededBytes, limits);
  let held = 0;
  let missing = neededBytes;
  const hold = (bytes: number) => {
    claimed.set(storage, (claimed.get(storage) ?? 0) + bytes - held);
    held = bytes;
  };
  hold(neededBytes);
  return {
    received(bytes) {
      missing -= bytes;
      if (missing + UNSEEN_BYTES < held) hold(Math.max(0, missing) + UNSEEN_BYTES);
    },
    release: () => hold(0),
  };
}

function refuseUnlessFree(freeBytes: number, neededBytes: number, limits: SpaceLimits): void {
  if (freeBytes - neededBytes >= limits.minFreeSpaceBytes) return;
  throw new RegistryError(
    "insufficient_storage",
    `The storage has ${Math.max(0, freeBytes)} bytes left, of which ${limits.minFreeSpaceBytes} stay free.`,
  );
}
