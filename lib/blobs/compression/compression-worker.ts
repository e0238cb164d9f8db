/** The inside of a compression thread. */
import { workerData } from "node:worker_threads";
import { joinStorage, type StorageSettings } from "#lib/storage/open-storage.ts";
import { lowerPriority } from "#lib/workers/lower-priority.ts";
import { serveCalls } from "#lib/workers/thread-side.ts";
import { type EncodeInput, encodeBlob } from "./encode-blob.ts";
import type { FoundPiece } from "./find-pieces.ts";

// Requests come first.
lowerPriority();

const { settings } = workerData as { settings: StorageSettings };
const storage = await joinStorage(settings);

serveCalls({
  encode: (input: EncodeInput, call) =>
    encodeBlob(storage, input, {
      signal: call.signal,
      findPieces: (pieces) => call.ask(pieces) as Promise<(FoundPiece | null)[]>,
    }),
});
