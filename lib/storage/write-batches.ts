/**
 * Collects small chunks into batches that are worth a system call. Two buffers per writer: one is
 * filled while the other is being written.
 *
 * The memory of all writers together stays below BUDGET_BYTES (as long as there are fewer than 1,024):
 * a batch is as large as the number of active writers allows.
 */
import { SpareBuffers } from "#lib/spare-buffers.ts";

const BUDGET_BYTES = 128 * 1024 * 1024;
/** A longer batch has left the processor's cache when the kernel copies it: 4 MiB cost three times the system time. */
const LARGEST_BATCH_BYTES = 512 * 1024;
const SMALLEST_BATCH_BYTES = 64 * 1024;

/** Memory that is kept for the next writers, since parts of an upload are writers that come and go. */
const SPARE_LIMIT_BYTES = 32 * 1024 * 1024;

let activeWriters = 0;
const spares = new SpareBuffers(SPARE_LIMIT_BYTES);

export class WriteBatches {
  readonly #writeOut: (batch: Uint8Array, position: number) => Promise<void>;
  #filling: Uint8Array | null = null;
  #spare: Uint8Array | null = null;
  #filled = 0;
  #position = 0;
  #inFlight: Promise<void> | null = null;
  #failure: unknown = null;
  #isReleased = false;

  /** `writeOut` writes all of `batch` at `position`; it is never called twice at a time. */
  constructor(writeOut: (batch: Uint8Array, position: number) => Promise<void>) {
    this.#writeOut = writeOut;
    activeWriters += 1;
  }

  /** Copies `chunk`; waits only while both buffers are full. Throws what an earlier write threw. */
  async add(chunk: Uint8Array): Promise<void> {
    let taken = 0;
    while (taken < chunk.byteLength) {
      this.#throwFailure();
      this.#filling ??= this.#buffer();
      const part = chunk.subarray(taken, taken + this.#filling.byteLength - this.#filled);
      this.#filling.set(part, this.#filled);
      this.#filled += part.byteLength;
      taken += part.byteLength;
      if (this.#filled === this.#filling.byteLength) await this.#send();
    }
  }

  /** Writes out what is left. */
  async flush(): Promise<void> {
    if (this.#filled > 0) await this.#send();
    await this.#inFlight;
    this.#throwFailure();
  }

  /** Waits for a write in flight and gives up the memory. Safe to call twice. */
  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    activeWriters -= 1;
    await this.#inFlight;
    if (this.#filling) spares.give(this.#filling);
    if (this.#spare) spares.give(this.#spare);
    this.#filling = null;
    this.#spare = null;
  }

  async #send(): Promise<void> {
    await this.#inFlight;
    this.#throwFailure();
    const buffer = this.#filling;
    if (!buffer) return;
    const batch = buffer.subarray(0, this.#filled);
    const position = this.#position;
    this.#position += batch.byteLength;
    this.#filled = 0;
    this.#filling = null;
    this.#inFlight = this.#writeOut(batch, position).then(
      () => {
        this.#inFlight = null;
        // After the last batch the other buffer is a spare already.
        const isFit = this.#spare === null && buffer.byteLength === batchBytes(this.#position);
        if (isFit) this.#spare = buffer;
        else spares.give(buffer);
      },
      (error: unknown) => {
        this.#inFlight = null;
        this.#failure = error;
      },
    );
  }

  #buffer(): Uint8Array {
    const spare = this.#spare;
    this.#spare = null;
    return spare ?? spares.take(batchBytes(this.#position));
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}

/** A writer starts small, since most files of a version (configuration, tokenizer) are small. */
function batchBytes(writtenBytes: number): number {
  if (writtenBytes === 0) return SMALLEST_BATCH_BYTES;
  const share = BUDGET_BYTES / (2 * activeWriters);
  const rounded = 2 ** Math.floor(Math.log2(share));
  return Math.max(SMALLEST_BATCH_BYTES, Math.min(LARGEST_BATCH_BYTES, rounded));
}
