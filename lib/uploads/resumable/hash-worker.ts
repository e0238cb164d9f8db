/** The inside of a hashing thread: reads uploads from the store itself, so no byte of them passes between threads. */
import { workerData } from "node:worker_threads";
import { joinStorage, type StorageSettings } from "#lib/storage/open-storage.ts";
import { serveCalls } from "#lib/workers/thread-side.ts";
import {
  type AdvanceInput,
  type CommitInput,
  type HashInput,
  PrefixHashes,
} from "./prefix-hashes.ts";

const { settings } = workerData as { settings: StorageSettings };
const hashes = new PrefixHashes(await joinStorage(settings));

serveCalls({
  advance: (input: AdvanceInput) => hashes.advance(input),
  digest: (input: HashInput) => hashes.digest(input),
  commit: (input: CommitInput) => hashes.commit(input),
  forget: (input: { id: string }) => hashes.forget(input),
});
