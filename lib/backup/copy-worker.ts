/** The inside of a thread that copies blobs. */
import { workerData } from "node:worker_threads";
import { joinStorage, type StorageSettings } from "#lib/storage/open-storage.ts";
import { lowerPriority } from "#lib/workers/lower-priority.ts";
import { type Call, serveCalls } from "#lib/workers/thread-side.ts";
import type { ListedBlob } from "./blob-list.ts";
import { type CopyWork, checkCopy, copyIn, copyOut } from "./copy-blob.ts";
import { openTarget, type TargetSettings } from "./target.ts";

export type CopyData = {
  storage: StorageSettings;
  target: TargetSettings;
  /** A person waits for it; else requests come first. */
  isAwaited: boolean;
};

const { storage: settings, target: targetSettings, isAwaited } = workerData as CopyData;
if (!isAwaited) lowerPriority();

const storage = await joinStorage(settings);
const target = await openTarget(targetSettings, { forWriting: false });
const work =
  <T>(does: (work: CopyWork, blob: ListedBlob) => Promise<T>) =>
  async (blob: ListedBlob, { signal }: Call) =>
    does({ storage, target, signal }, blob);

serveCalls({ copyOut: work(copyOut), check: work(checkCopy), copyIn: work(copyIn) });
