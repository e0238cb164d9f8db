/** The inside of the scrub's thread. */
import { setPriority } from "node:os";
import { workerData } from "node:worker_threads";
import { joinStorage } from "#lib/storage/open-storage.ts";
import { serveCalls } from "#lib/workers/thread-side.ts";
import { type CheckInput, checkBlob } from "./check-blob.ts";
import { Pacer } from "./pacer.ts";
import type { ScrubData } from "./scrub-thread.ts";

const { settings, bytesPerSecond, isAwaited = false } = workerData as ScrubData;
/** Requests come first. On Linux a priority belongs to a thread; elsewhere it would slow the whole server down. */
if (process.platform === "linux" && !isAwaited) setPriority(0, 10);

const storage = await joinStorage(settings);
const pacer = new Pacer(bytesPerSecond);

serveCalls({
  check: (input: CheckInput, { signal }) => checkBlob({ storage, pacer, signal }, input),
});
