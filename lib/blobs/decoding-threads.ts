/**
 * Decodes compressed blobs away from the event loop. A read travels as a message; its bytes come back in shared
 * memory, of which all readers of a thread together have a fixed amount: memory does not grow with downloads.
 */
import { availableParallelism } from "node:os";
import type { BlobReader } from "../storage/contract.ts";
import type { StorageSettings } from "../storage/open-storage.ts";
import { copyBytes } from "./mrz/copy-bytes.ts";
import { Thread } from "./thread.ts";

export type DecodingData = {
  settings: StorageSettings;
  slots: SharedArrayBuffer;
  slotBytes: number;
};
export type OpenInput = { sha256: string; sizeBytes: number };
export type ReadInput = { id: number; slot: number; offset: number; lengthBytes: number };
export type FillInput = OpenInput & { path: string };

/** The largest chunk of a download. */
const SLOT_BYTES = 1024 * 1024;
const SLOTS_PER_THREAD = 16;
/** The event loop needs a core too, and past four threads the sockets are the limit. */
const THREADS = Math.max(1, Math.min(4, availableParallelism() - 1));

export class DecodingThreads {
  readonly #settings: StorageSettings;
  readonly #threads: DecodingThread[] = [];
  #isClosed = false;

  constructor(settings: StorageSettings) {
    this.#settings = settings;
  }

  /** Throws what `openStored` throws. */
  async open(blob: OpenInput): Promise<BlobReader> {
    return this.#leastBusy().open(blob);
  }

  /**
   * Writes all bytes of a blob to a new file, durably; `onProgress` tells how many are readable there.
   * The file stays when it fails: the caller removes it.
   */
  async fill(
    input: FillInput,
    options: { onProgress: (filledBytes: number) => void; signal: AbortSignal },
  ): Promise<void> {
    return this.#leastBusy().fill(input, options);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#threads.splice(0).map((thread) => thread.end()));
  }

  #leastBusy(): DecodingThread {
    if (this.#isClosed) throw new Error("The decoding threads are closed.");
    const alive = this.#threads.filter((thread) => thread.isAlive);
    const idlest = alive.sort((a, b) => a.load - b.load)[0];
    if (idlest && (idlest.load === 0 || alive.length >= THREADS)) return idlest;
    const made = new DecodingThread(this.#settings);
    this.#threads.splice(0, this.#threads.length, ...alive, made);
    return made;
  }
}

class DecodingThread {
  readonly #thread: Thread;
  readonly #memory: SharedArrayBuffer;
  readonly #freeSlots: number[];
  readonly #waiting: ((slot: number) => void)[] = [];
  /** Open readers and running fills. */
  load = 0;

  constructor(settings: StorageSettings) {
    this.#memory = new SharedArrayBuffer(SLOT_BYTES * SLOTS_PER_THREAD);
    this.#freeSlots = Array.from({ length: SLOTS_PER_THREAD }, (_, index) => index);
    const data: DecodingData = { settings, slots: this.#memory, slotBytes: SLOT_BYTES };
    this.#thread = new Thread("decoding-worker.ts", data);
  }

  get isAlive(): boolean {
    return this.#thread.isAlive;
  }

  async open(blob: OpenInput): Promise<BlobReader> {
    this.load += 1;
    try {
      const id = await this.#thread.call<number>("open", blob);
      return this.#readerOf(id, blob.sizeBytes);
    } catch (error) {
      this.load -= 1;
      throw error;
    }
  }

  async fill(
    input: FillInput,
    { onProgress, signal }: { onProgress: (filledBytes: number) => void; signal: AbortSignal },
  ): Promise<void> {
    this.load += 1;
    try {
      await this.#thread.call("fill", input, { signal, onEvent: onProgress });
    } finally {
      this.load -= 1;
    }
  }

  end(): Promise<void> {
    return this.#thread.end();
  }

  #readerOf(id: number, sizeBytes: number): BlobReader {
    let isClosed = false;
    return {
      sizeBytes,
      read: async (into, offset) => {
        if (isClosed) throw new Error("The reader is closed.");
        const wanted = Math.max(0, Math.min(into.byteLength, sizeBytes - offset));
        let count = 0;
        while (count < wanted) {
          const part = into.subarray(count, Math.min(wanted, count + SLOT_BYTES));
          const read = await this.#readPart(id, part, offset + count);
          if (read < part.byteLength) throw new Error(`A block of ${id} gave too few bytes.`);
          count += read;
        }
        return count;
      },
      close: async () => {
        if (isClosed) return;
        isClosed = true;
        this.load -= 1;
        if (this.isAlive) await this.#thread.call("close", { id });
      },
    };
  }

  async #readPart(id: number, into: Uint8Array, offset: number): Promise<number> {
    const slot = await this.#takeSlot();
    try {
      const input: ReadInput = { id, slot, offset, lengthBytes: into.byteLength };
      const count = await this.#thread.call<number>("read", input);
      copyBytes(new Uint8Array(this.#memory, slot * SLOT_BYTES, count), into, 0);
      return count;
    } finally {
      this.#giveBack(slot);
    }
  }

  #takeSlot(): Promise<number> | number {
    return this.#freeSlots.pop() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  #giveBack(slot: number): void {
    const next = this.#waiting.shift();
    if (next) next(slot);
    else this.#freeSlots.push(slot);
  }
}
