/**
 * Decodes compressed blobs away from the event loop. A read travels as a message, together with the buffer for its bytes,
 * which comes back filled. All readers of a thread together have a fixed number of buffers, and so have all that decode
 * ahead: memory does not grow with downloads. Shared memory would spare the handing over, but V8 copies into and out of it at
 * a quarter of the speed.
 */
import { availableParallelism } from "node:os";
import type { BlobReader } from "#lib/storage/contract.ts";
import type { StorageSettings } from "#lib/storage/open-storage.ts";
import { Thread } from "#lib/workers/thread.ts";
import { type Lease, WorkerPool } from "#lib/workers/worker-pool.ts";
import { AheadBudget } from "./ahead-budget.ts";
import { AheadReader, type Decoded } from "./ahead-reader.ts";

export type DecodingData = { settings: StorageSettings };
export type OpenInput = { sha256: string; sizeBytes: number };
export type OpenOutput = { id: number; encoding: "raw" | "mrz" };
/** `encoding` says whether raw bytes have taken the compressed form's place; those carry no checksums. */
export type DecodedReader = BlobReader & Pick<OpenOutput, "encoding">;
export type ReadInput = { id: number; buffer: ArrayBuffer; offset: number; lengthBytes: number };
export type ReadOutput = { buffer: ArrayBuffer; count: number };
export type DecodeInput = { id: number; buffer: ArrayBuffer; window: number };
export type FillInput = OpenInput & { path: string };

/** The largest chunk of a download. */
const BUFFER_BYTES = 1024 * 1024;
const BUFFERS_PER_THREAD = 16;
/**
 * One for each core: sending takes less of one than decoding does, and the kernel shares the cores fairly. Past four threads
 * the sockets are the limit.
 */
const THREADS = Math.min(4, availableParallelism());
/** For one download two in each thread, so that no thread waits for its next one, and two that are being sent. */
const WINDOWS = { total: 8 * THREADS, mostForOne: 2 * THREADS + 2 };

export class DecodingThreads {
  readonly #pool: WorkerPool<DecodingThread>;
  readonly #budget = new AheadBudget(WINDOWS);

  constructor(settings: StorageSettings) {
    const start = () => new DecodingThread(settings);
    this.#pool = new WorkerPool({ size: THREADS, idleMs: null, start });
  }

  /** Throws what `openStored` throws. */
  async open(blob: OpenInput): Promise<DecodedReader> {
    const lease = this.#pool.share();
    try {
      const opened = await lease.worker.open(blob);
      const source = new ThreadedBlob(this.#pool, blob, { lease, opened });
      if (opened.encoding === "raw") return source;
      return new AheadReader(source, this.#budget);
    } catch (error) {
      lease.release();
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

/** A blob that is open in one thread, and in the others as soon as they decode windows of it. */
class ThreadedBlob implements DecodedReader {
  readonly sizeBytes: number;
  readonly encoding: OpenOutput["encoding"];
  readonly #pool: WorkerPool<DecodingThread>;
  readonly #blob: OpenInput;
  readonly #lease: Lease<DecodingThread>;
  readonly #id: number;
  readonly #ids = new Map<DecodingThread, Promise<OpenOutput>>();
  #isClosed = false;

  constructor(
    pool: WorkerPool<DecodingThread>,
    blob: OpenInput,
    { lease, opened }: { lease: Lease<DecodingThread>; opened: OpenOutput },
  ) {
    this.sizeBytes = blob.sizeBytes;
    this.encoding = opened.encoding;
    this.#pool = pool;
    this.#blob = blob;
    this.#lease = lease;
    this.#id = opened.id;
    this.#ids.set(lease.worker, Promise.resolve(opened));
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    if (this.#isClosed) throw new Error("The reader is closed.");
    const wanted = Math.max(0, Math.min(into.byteLength, this.sizeBytes - offset));
    let count = 0;
    while (count < wanted) {
      const part = into.subarray(count, Math.min(wanted, count + BUFFER_BYTES));
      const read = await this.#lease.worker.read(this.#id, part, offset + count);
      if (read < part.byteLength) throw new Error(`A block of ${this.#id} gave too few bytes.`);
      count += read;
    }
    return count;
  }

  /** Neighbouring windows are decoded in different threads. */
  async decode(window: number, buffer: ArrayBuffer): Promise<Decoded> {
    const { worker, release } = this.#pool.pin(window);
    try {
      const opening = this.#ids.get(worker) ?? worker.open(this.#blob);
      this.#ids.set(worker, opening);
      const { id } = await opening;
      return await worker.decode({ id, window, buffer });
    } finally {
      release();
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#lease.release();
    for (const [worker, opening] of this.#ids) {
      const opened = await opening.catch(() => null);
      if (opened && worker.isAlive) await worker.close(opened.id);
    }
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

  open(blob: OpenInput): Promise<OpenOutput> {
    return this.#thread.call<OpenOutput>("open", blob);
  }

  /** `id` is what `open` gave; at most `BUFFER_BYTES`. */
  async read(id: number, into: Uint8Array, offset: number): Promise<number> {
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

  decode(input: DecodeInput): Promise<Decoded> {
    return this.#thread.call<Decoded>("decode", input, { transfer: [input.buffer] });
  }

  async close(id: number): Promise<void> {
    await this.#thread.call("close", { id });
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
