/** The inside of a decoding thread: opens blobs, decodes parts of them, writes whole ones to a cache file. */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { workerData } from "node:worker_threads";
import { joinStorage } from "#lib/storage/open-storage.ts";
import { type Call, serveCalls, Transferred } from "#lib/workers/thread-side.ts";
import type { Decoded } from "./ahead-reader.ts";
import type {
  DecodeInput,
  DecodingData,
  FillInput,
  OpenInput,
  OpenOutput,
  ReadInput,
  ReadOutput,
} from "./decoding-threads.ts";
import { openStored, type StoredReader } from "./open-stored.ts";
import { missing } from "./stored-errors.ts";

/**
 * Bytes that a fill reads, writes and reports at once: they are still in the processor's cache when they are copied
 * to the file.
 */
const FILL_STEP_BYTES = 1024 * 1024;

const { settings } = workerData as DecodingData;
const storage = await joinStorage(settings);
const opened = new Map<number, StoredReader>();
let lastId = 0;

const readerOf = (id: number): StoredReader => {
  const reader = opened.get(id);
  if (!reader) throw new Error("The reader is closed.");
  return reader;
};

async function fill({ sha256, sizeBytes, path }: FillInput, call: Call): Promise<void> {
  const reader = await openStored(storage, sha256, sizeBytes);
  // Blocks of the compressed form carry checksums; raw bytes are believed only by their digest.
  const hash = reader.encoding === "raw" ? createHash("sha256") : null;
  const file = await open(path, "wx", 0o640);
  try {
    const buffer = Buffer.allocUnsafeSlow(Math.min(FILL_STEP_BYTES, Math.max(1, sizeBytes)));
    for (let at = 0; at < sizeBytes; ) {
      call.signal.throwIfAborted();
      const part = buffer.subarray(0, Math.min(buffer.length, sizeBytes - at));
      const count = await reader.read(part, at);
      if (count < part.length) throw missing(new Error(`${sha256} ends at ${at + count}`));
      hash?.update(part);
      for (let done = 0; done < count; )
        done += (await file.write(part, done, count - done, at + done)).bytesWritten;
      at += count;
      call.tell(at);
    }
    if (hash && hash.digest("hex") !== sha256)
      throw missing(new Error(`${sha256} is stored with other bytes`));
    // A file that a power cut left half written must not come back as a whole one.
    await file.datasync();
  } finally {
    await file.close();
    await reader.close();
  }
}

serveCalls({
  async open({ sha256, sizeBytes }: OpenInput) {
    const reader = await openStored(storage, sha256, sizeBytes);
    lastId += 1;
    opened.set(lastId, reader);
    return { id: lastId, encoding: reader.encoding } satisfies OpenOutput;
  },
  async read({ id, buffer, offset, lengthBytes }: ReadInput) {
    const into = new Uint8Array(buffer, 0, lengthBytes);
    const count = await readerOf(id).read(into, offset);
    return new Transferred({ buffer, count } satisfies ReadOutput, buffer);
  },
  async decode({ id, buffer, window }: DecodeInput) {
    const reader = readerOf(id);
    if (!reader.windowRange) throw new Error("Raw bytes have no blocks.");
    const { offset, lengthBytes } = reader.windowRange(window);
    await reader.read(new Uint8Array(buffer, 0, lengthBytes), offset);
    return new Transferred({ buffer, offset, lengthBytes } satisfies Decoded, buffer);
  },
  async close({ id }: { id: number }) {
    const reader = opened.get(id);
    opened.delete(id);
    await reader?.close();
  },
  fill,
});
