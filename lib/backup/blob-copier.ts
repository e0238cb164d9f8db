import { availableParallelism } from "node:os";
import type { Config } from "#lib/config/config.ts";
import { inParallelFrom } from "#lib/in-parallel.ts";
import { Thread } from "#lib/workers/thread.ts";
import type { ListedBlob } from "./blob-list.ts";
import type { CopyData } from "./copy-worker.ts";
import type { TargetSettings } from "./target.ts";

/** Hashing takes a core; the disk or the network is full with two. */
const THREADS = Math.min(2, availableParallelism());
/** So many small blobs wait for the same sync of a disk, or for answers of a bucket. */
const LANES = 32;
/** Larger blobs go one after the other through each thread: a bucket's are collected on the disk on their way. */
const LARGE_BYTES = 64 * 1024 * 1024;

type Kind = "copyOut" | "check" | "copyIn";

/** `large`: the end of the last large blob that goes through this thread. */
type Place = { thread: Thread; large: Promise<unknown> };

/** Threads that copy blobs, which are ended by `end`. */
export class BlobCopier {
  readonly #threads: Place[];
  #turn = 0;

  constructor(
    storage: Config["storage"],
    target: TargetSettings,
    { isAwaited = false }: { isAwaited?: boolean } = {},
  ) {
    const data: CopyData = { storage: storageOf(storage), target, isAwaited };
    this.#threads = Array.from({ length: THREADS }, () => ({
      thread: new Thread("backup/copy-worker.ts", data),
      large: Promise.resolve(),
    }));
  }

  /** Does it for all blobs, some at once; what `done` throws ends it. `failure` is what one blob's copy threw. */
  async forEach<Blob extends ListedBlob>(
    kind: Kind,
    blobs: AsyncIterable<Blob> | Iterable<Blob>,
    signal: AbortSignal,
    done: (blob: Blob, outcome: { isCopied: boolean; failure: unknown }) => Promise<void>,
  ): Promise<void> {
    await inParallelFrom(LANES, blobs, async (blob) => {
      signal.throwIfAborted();
      const { sha256, sizeBytes } = blob;
      try {
        const answer = await this.#call(kind, { sha256, sizeBytes }, signal);
        await done(blob, { isCopied: answer !== false, failure: null });
      } catch (failure) {
        signal.throwIfAborted();
        await done(blob, { isCopied: false, failure });
      }
    });
  }

  async end(): Promise<void> {
    await Promise.all(this.#threads.map(({ thread }) => thread.end()));
  }

  #call(kind: Kind, blob: ListedBlob, signal: AbortSignal): Promise<unknown> {
    this.#turn += 1;
    const place = this.#threads[this.#turn % THREADS] as Place;
    const call = () => place.thread.call(kind, blob, { signal });
    if (blob.sizeBytes < LARGE_BYTES) return call();
    const mine = place.large.then(call);
    place.large = mine.catch(() => undefined);
    return mine;
  }
}

function storageOf(storage: Config["storage"]): CopyData["storage"] {
  const { driver, basePath, s3 } = storage;
  if (driver === "memory") throw new Error("What is kept in memory is not backed up.");
  return driver === "s3" ? { driver, basePath, s3 } : { driver, basePath };
}
