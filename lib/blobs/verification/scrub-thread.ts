import type { Ctx } from "#lib/context.ts";
import type { StorageDriver } from "#lib/storage/contract.ts";
import type { StorageSettings } from "#lib/storage/open-storage.ts";
import { Thread } from "#lib/workers/thread.ts";
import { type BlobCheck, type CheckInput, checkBlob } from "./check-blob.ts";
import { Pacer } from "./pacer.ts";

export type ScrubData = {
  settings: StorageSettings;
  bytesPerSecond: number;
  /** True when a client waits for the check. */
  isAwaited?: boolean;
};

/** Checks one blob at a time, at most at the rate in bytes a second that it was made for. */
export type BlobChecker = {
  check: (input: CheckInput, signal: AbortSignal) => Promise<BlobCheck>;
  end: () => Promise<void>;
};

/**
 * Starts a checker away from the event loop. The memory driver's bytes are in one thread, so they are checked there.
 */
export function startChecker(storage: StorageDriver, data: ScrubData): BlobChecker {
  if (storage.kind === "memory") {
    const pacer = new Pacer(data.bytesPerSecond);
    return {
      check: (input, signal) => checkBlob({ storage, pacer, signal }, input),
      end: async () => {},
    };
  }
  const thread = new Thread("blobs/verification/scrub-worker.ts", data);
  return {
    check: (input, signal) => thread.call<BlobCheck>("check", input, { signal }),
    end: () => thread.end(),
  };
}

/** Runs `work` with a checker that reads at most at the configured rate. */
export async function withChecker<T>(
  ctx: Ctx,
  work: (checker: BlobChecker) => Promise<T>,
): Promise<T> {
  const { storage: settings } = ctx.config;
  const data = { settings, bytesPerSecond: settings.scrubRateBytes };
  const checker = startChecker(ctx.storage, data);
  try {
    return await work(checker);
  } finally {
    await checker.end();
  }
}
