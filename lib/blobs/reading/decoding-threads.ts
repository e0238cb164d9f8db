/**
 * Decodes compressed blobs away from the event loop. A read travels as a message, together with the buffer for its bytes,
 * which comes back filled. All readers of a thread together have a fixed number of buffers: memory does not grow with
 * downloads. Shared memory would spare the handing over, but V8 copies into and out of it at a quarter of the speed.
 */
import { availableParallelism } from "node:os";
import type { BlobReader } from "#lib/storage/contract.ts";
import type { StorageSettings } from "#lib/storage/open-storage.ts";
import { Thread } from "#lib/workers/thread.ts";
import { WorkerPool } from "#lib/workers/worker-pool.ts";

export type DecodingData = { settings: StorageSettings };
export type OpenInput = { sha256: string; sizeBytes: number };
export type OpenOutput = { id: number; encoding: "raw" | "mrz" };
/** `encoding` says whether raw bytes have taken the compressed form's place; those carry no checksums. */
export type DecodedReader = BlobReader & Pick<OpenOutput, "encoding">;
export type ReadInput = { id: number; buffer: ArrayBuffer; offset: number; lengthBytes: number };
export type ReadOutput = { buffer: ArrayBuffer; count: number };
export type FillInput = OpenInput & { path: string };

/** The largest chunk of a download. */
const BUFFER_BYTES = 1024 * 1024;
const BUFFERS_PER_THREAD = 16;
/** The event loop needs a core too, and past four threads the sockets are the limit. */
const THREADS = Math.max(1, Math.min(4, availableParallelism() - 1));

export class DecodingThreads {
  readonly #pool: WorkerPool<DecodingThread>;

  constructor(settings: StorageSettings) {
    const start = () => new DecodingThread(settings);
    this.#pool = new WorkerPool({ size: THREADS, idleMs: null, start });
  }

  /** Throws what `openStored` throws. */
  async open(blob: OpenInput): Promise<DecodedReader> {
    const { worker, release } = this.#pool.share();
    try {
      return await worker.open(blob, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  /**
   * Writes all bytes of a blob to a new file, durably; `onProgress` says how many are readable there. When this fails
   * the file stays for the caller to remove.
   */
  async fill(
    input: FillInput,
    options: { onProgress: (filledBytes: number) => void; signal: AbortSignal },
  ): Promise<void> {
    const { worker, release } = this.#pool.share();
    try {
      await worker.fill(input, options);
    } finally {
      release();
    }
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

class DecodingThread {
  readonly #thread: Thread;
  readonly #freeBuffers: ArrayBuffer[] = [];
  #buffers = 0;
  readonly #waiting: ((buffer: ArrayBuffer) => void)[] = [];

  constructor(settings: StorageSettings) {
    const data: DecodingData = { settings };
    this.#thread = new Thread("blobs/reading/decoding-worker.ts", data);
  }

  get isAlive(): boolean {
    return this.#thread.isAlive;
  }

  /** `onClosed` is called when the reader is closed. */
  async open(blob: OpenInput, onClosed: () => void): Promise<DecodedReader> {
    const opened = await this.#thread.call<OpenOutput>("open", blob);
    return this.#readerOf(opened, blob.sizeBytes, onClosed);
  }

  async fill(
    input: FillInput,
    { onProgress, signal }: { onProgress: (filledBytes: number) => void; signal: AbortSignal },
  ): Promise<void> {
    await this.#thread.call("fill", input, { signal, onEvent: onProgress });
  }

  end(): Promise<void> {
    return this.#thread.end();
  }

  #readerOf({ id, encoding }: OpenOutput, sizeBytes: number, onClosed: () => void): DecodedReader {
    let isClosed = false;
    return {
      sizeBytes,
      encoding,
      read: async (into, offset) => {
        if (isClosed) throw new Error("The reader is closed.");
        const wanted = Math.max(0, Math.min(into.byteLength, sizeBytes - offset));
        let count = 0;
        while (count < wanted) {
          const part = into.subarray(count, Math.min(wanted, count + BUFFER_BYTES));
          const read = await this.#readPart(id, part, offset + count);
          if (read < part.byteLength) throw new Error(`A block of ${id} gave too few bytes.`);
          count += read;
        }
        return count;
      },
      close: async () => {
        if (isClosed) return;
        isClosed = true;
        onClosed();
        if (this.isAlive) await this.#thread.call("close", { id });
      },
    };
  }

  async #readPart(id: number, into: Uint8Array, offset: number): Promise<number> {
    let buffer = await this.#takeBuffer();
    try {
      const input: ReadInput = { id, buffer, offset, lengthBytes: into.byteLength };
      const output = await this.#thread.call<ReadOutput>("read", input, { transfer: [buffer] });
      buffer = output.buffer;
      into.set(new Uint8Array(buffer, 0, output.count));
      return output.count;
    } finally {
      this.#giveBack(buffer);
    }
  }

  #takeBuffer(): Promise<ArrayBuffer> | ArrayBuffer {
    const free = this.#freeBuffers.pop();
    if (free) return free;
    if (this.#buffers === BUFFERS_PER_THREAD)
      return new Promise((resolve) => this.#waiting.push(resolve));
    this.#buffers += 1;
    return new ArrayBuffer(BUFFER_BYTES);
  }

  #giveBack(buffer: ArrayBuffer): void {
    // A failed read keeps its buffer.
    const usable = buffer.detached ? new ArrayBuffer(BUFFER_BYTES) : buffer;
    const next = this.#waiting.shift();
    if (next) next(usable);
    else this.#freeBuffers.push(usable);
  }
}
