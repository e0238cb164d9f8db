/**
 * A blob as a web stream with two buffers for the whole download, however long it is: allocation is what a download
 * costs otherwise.
 *
 * Why no buffer is refilled before the socket has taken it:
 * 1. The stream queues nothing (high-water mark 0), so `pull` means that the consumer wants the next chunk.
 * 2. `send-answer.ts` asks for chunk k+1 only after `write(chunk k)` gave true, or after `drain`.
 * 3. A chunk is at least SMALLEST_CHUNK_BYTES, Node's high-water mark of sockets and responses, so every
 *    `res.write` of one gives false, and `drain` comes when the kernel has all of its bytes.
 * So at `pull` every earlier chunk is sent. Only the last chunk may be shorter; no buffer is refilled after it.
 * Whoever reads such a stream otherwise (`arrayBuffer()`, a test) must copy each chunk before it asks for
 * the next one.
 */
import type { BlobReader } from "#lib/storage/contract.ts";
import type { ByteRange } from "./byte-range.ts";
import { giveDownloadBuffer, takeDownloadBuffer } from "./download-buffers.ts";

/** The buffers of all downloads together: 1,000 of them have two chunks of 64 KiB each. */
const BUDGET_BYTES = 128 * 1024 * 1024;
const LARGEST_CHUNK_BYTES = 1024 * 1024;
const SMALLEST_CHUNK_BYTES = 64 * 1024;

let activeDownloads = 0;

/** A power of two, so that the length changes rarely while downloads come and go. */
export function chunkBytes(downloads: number): number {
  const share = BUDGET_BYTES / (2 * Math.max(1, downloads));
  const rounded = 2 ** Math.floor(Math.log2(share));
  return Math.max(SMALLEST_CHUNK_BYTES, Math.min(LARGEST_CHUNK_BYTES, rounded));
}

type Chunk = { buffer: Uint8Array; length: number };

/**
 * The bytes of `range`. The first ones are read, and proven where the reader can do so, before this resolves, so that
 * a failure is thrown while the answer still has a status. The reader is closed at the end, on an error and on
 * cancel. A failed read fails the stream, which cuts the connection: never a clean end. `signal` is aborted when the
 * client is gone. `onSent` is called once, when the last chunk is handed over: a client closes as soon as it has the
 * last byte, and waiting for one more `pull` would take that for a broken download. `whenClosed` calls back when the
 * kernel has every byte or the connection is gone; with null nobody can tell, and the buffers are not used again.
 */
export async function blobStream(
  reader: BlobReader,
  range: ByteRange,
  options: {
    signal: AbortSignal;
    onSent: () => void;
    whenClosed: ((callback: () => void) => void) | null;
  },
): Promise<ReadableStream<Uint8Array>> {
  const { signal, onSent } = options;
  const ring = new Ring(reader, range);
  options.whenClosed?.(() => void ring.free());
  // A client that left before the first read leaves a stream behind that nobody cancels.
  const close = () => void ring.close();
  if (signal.aborted) close();
  else signal.addEventListener("abort", close, { once: true });
  try {
    await ring.begin();
  } catch (error) {
    signal.removeEventListener("abort", close);
    throw error;
  }
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        let chunk: Uint8Array | null;
        try {
          chunk = await ring.next();
        } catch (error) {
          signal.removeEventListener("abort", close);
          await ring.close();
          throw error;
        }
        if (chunk !== null) controller.enqueue(chunk);
        if (!ring.isAtEnd) return;
        // The stream is closed before the blob: meanwhile the client may leave, with all that it asked for.
        controller.close();
        onSent();
        signal.removeEventListener("abort", close);
        await ring.close();
      },
      cancel: () => ring.close(),
    },
    { highWaterMark: 0 },
  );
}

class Ring {
  readonly #reader: BlobReader;
  readonly #end: number;
  #offset: number;
  #ahead: Promise<Chunk> | null = null;
  #sent: Uint8Array | null = null;
  /** The read in flight; there is one at a time. */
  #reading: Promise<Chunk> | null = null;
  #closing: Promise<void> | null = null;
  readonly #buffers = new Set<Uint8Array>();

  constructor(reader: BlobReader, range: ByteRange) {
    this.#reader = reader;
    this.#offset = range.start;
    this.#end = range.end + 1;
    activeDownloads += 1;
  }

  /** True when the chunk that `next` gave last was the last one. */
  get isAtEnd(): boolean {
    return this.#ahead === null && this.#offset >= this.#end;
  }

  /** Reads the first bytes. */
  async begin(): Promise<void> {
    this.#ahead = this.#fill(null);
    try {
      await this.#ahead;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** The next bytes, null at the end. Reads one chunk ahead while this one is on its way. */
  async next(): Promise<Uint8Array | null> {
    if (this.#closing) throw new Error("The download was cancelled.");
    const current = this.#ahead;
    this.#ahead = null;
    if (current === null) return null;
    const { buffer, length } = await current;
    // The consumer asks for more, so what it got before is sent and its buffer is free.
    const free = this.#sent;
    this.#sent = buffer;
    this.#ahead = this.#fill(free);
    // A failure belongs to the chunk after this one; until it is asked for, nobody handles it.
    this.#ahead?.catch(() => {});
    return length === buffer.byteLength ? buffer : buffer.subarray(0, length);
  }

  /** Safe to call twice; a read in flight ends first, since its buffer and file are still in use. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    activeDownloads -= 1;
    await this.#reading?.catch(() => {});
    this.#ahead = null;
    this.#sent = null;
    await this.#reader.close();
  }

  /** Frees the buffers; to be called only when the socket has no use for them either. */
  async free(): Promise<void> {
    await this.close();
    for (const buffer of this.#buffers) this.#give(buffer);
  }

  #fill(free: Uint8Array | null): Promise<Chunk> | null {
    const left = this.#end - this.#offset;
    if (left <= 0 || this.#closing) return null;
    const size = Math.min(chunkBytes(activeDownloads), left);
    // A buffer of another length means that the number of downloads changed, or that this is the end.
    const isFit = free?.byteLength === size || (free && size === left && free.byteLength > size);
    const buffer = isFit ? free : takeDownloadBuffer(size);
    this.#buffers.add(buffer);
    if (free && !isFit) this.#give(free);
    const offset = this.#offset;
    this.#offset += size;
    this.#reading = this.#read(buffer, size, offset);
    return this.#reading;
  }

  #give(buffer: Uint8Array): void {
    this.#buffers.delete(buffer);
    giveDownloadBuffer(buffer);
  }

  async #read(buffer: Uint8Array, length: number, offset: number): Promise<Chunk> {
    const count = await this.#reader.read(buffer.subarray(0, length), offset);
    if (count < length)
      throw new Error(`The stored bytes end at ${offset + count}, before the announced length.`);
    // The range may end before the blob does, which the reader cannot know.
    if (offset + length === this.#end) await this.#reader.prove?.();
    return { buffer, length };
  }
}
