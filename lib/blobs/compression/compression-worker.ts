/** The inside of a compression thread. */
import { setPriority } from "node:os";
import { workerData } from "node:worker_threads";
import { joinStorage, type StorageSettings } from "#lib/storage/open-storage.ts";
import { serveCalls } from "#lib/workers/thread-side.ts";
import { type EncodeInput, encodeBlob } from "./encode-blob.ts";
import type { FoundPiece } from "./find-pieces.ts";

/** Requests come first. On Linux a priority belongs to a thread; elsewhere it would slow the whole server down. */
if (process.platform === "linux") setPriority(0, 10);

const { settings } = workerData as { settings: StorageSettings };
const storage = await joinStorage(settings);

serveCalls({
  encode: (input: EncodeInput, call) =>
    encodeBlob(storage, input, {
      signal: call.signal,
      findPieces: (pieces) => call.ask(pieces) as Promise<(FoundPiece | null)[]>,
    }),
});
