/** The inside of the scrub's thread. */
import { workerData } from "node:worker_threads";
import { joinStorage } from "#lib/storage/open-storage.ts";
import { lowerPriority } from "#lib/workers/lower-priority.ts";
import { serveCalls } from "#lib/workers/thread-side.ts";
import { type CheckInput, checkBlob } from "./check-blob.ts";
import { Pacer } from "./pacer.ts";
import type { ScrubData } from "./scrub-thread.ts";

const { settings, bytesPerSecond, isAwaited = false } = workerData as ScrubData;
// Requests come first.
if (!isAwaited) lowerPriority();

const storage = await joinStorage(settings);
const pacer = new Pacer(bytesPerSecond);

serveCalls({
  check: (input: CheckInput, { signal }) => checkBlob({ storage, pacer, signal }, input),
});
