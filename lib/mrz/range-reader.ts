import { SpareBuffers } from "#lib/spare-buffers.ts";
import { BlockCache } from "./block-cache.ts";
import { decodeBlock, verifyBlock } from "./decode-block.ts";
import type { Directory } from "./directory.ts";
import { type BlockEntry, corrupt, MAX_BLOCK_BYTES } from "./format.ts";
import type { MrzFile } from "./mrz-file.ts";
import { type OpenSource, OpenSources } from "./open-sources.ts";

/** Payloads that are read at once: few requests to a distant store, and little memory for each reader. */
const SPAN_BYTES = 4 * MAX_BLOCK_BYTES;
const SMALLEST_BUFFER_BYTES = 64 * 1024;
/** Decoded blocks that are kept: the ends of a read and of the one that runs beside it. */
const CACHED_BLOCKS = 4;

/** Payloads, and bytes of sources, for all readers of this thread. */
const buffers = new SpareBuffers(4 * SPAN_BYTES);

type Parts = {
  file: MrzFile;
  directory: Directory;
  openSource: OpenSource;
  depthLeft: number;
};

/** Consecutive blocks and their payloads. */
type Span = { first: number; end: number };
type Encoded = { entry: BlockEntry; payload: Uint8Array };
type LoadedSpan = Span & { payloads: Uint8Array; buffer: Uint8Array };

/** Turns ranges of raw bytes into the blocks that hold them. */
export class RangeReader {
  readonly #parts: Parts;
  readonly #cache = new BlockCache(CACHED_BLOCKS);
  readonly #sources: OpenSources;
  #closing: Promise<void> | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { directory, openSource, depthLeft } = parts;
    this.#sources = new OpenSources(directory.sources, openSource, depthLeft);
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    const { sizeBytes, blocks } = this.#parts.directory;
    const end = Math.min(sizeBytes, offset + into.length);
    if (!(offset >= 0) || end <= offset) return 0;
    const last = blocks.find(end - 1);
    let loading = this.#load(this.#spanFrom(blocks.find(offset), last), offset);
    for (;;) {
      const span = await loading;
      const isLast = span.end > last;
      try {
        // The next span is on its way while this one is decoded.
        if (!isLast) loading = this.#load(this.#spanFrom(span.end, last), offset);
        await this.#decodeSpan(span, into, offset, end);
      } catch (error) {
        if (!isLast) loading.then((next) => buffers.give(next.buffer)).catch(() => undefined);
        throw error;
      } finally {
        buffers.give(span.buffer);
      }
      if (isLast) return end - offset;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    await this.#sources.close();
    await this.#parts.file.close();
  }

  #spanFrom(first: number, last: number): Span {
    const { blocks } = this.#parts.directory;
    const limit = blocks.payloadOffset(first) + SPAN_BYTES;
    let end = first + 1;
    while (end <= last && blocks.payloadOffset(end + 1) <= limit) end += 1;
    return { first, end };
  }

  /** Loads a span for a read of the bytes from `offset` on. */
  async #load(span: Span, offset: number): Promise<LoadedSpan> {
    const { blocks } = this.#parts.directory;
    const from = Math.max(0, offset - blocks.offset(span.first));
    const first = this.#cache.has(span.first, from) ? span.first + 1 : span.first;
    const start = blocks.payloadOffset(Math.min(first, span.end));
    const lengthBytes = blocks.payloadOffset(span.end) - start;
    const buffer = takeBuffer(lengthBytes);
    try {
      const payloads = buffer.subarray(0, lengthBytes);
      await this.#readPayloads(payloads, start);
      return { first: span.first, end: span.end, payloads, buffer };
    } catch (error) {
      buffers.give(buffer);
      throw error;
    }
  }

  async #readPayloads(into: Uint8Array, offset: number): Promise<void> {
    if (into.length > 0 && (await this.#parts.file.read(into, offset)) < into.length)
      throw corrupt("the file ends inside a payload");
  }

  async #decodeSpan(
    span: LoadedSpan,
    into: Uint8Array,
    offset: number,
    end: number,
  ): Promise<void> {
    const { blocks } = this.#parts.directory;
    const skipped = blocks.payloadOffset(span.end) - span.payloads.length;
    for (let block = span.first; block < span.end; ) {
      const start = blocks.offset(block);
      const stop = blocks.offset(block + 1);
      const isWhole = start >= offset && stop <= end;
      const references = isWhole ? this.#referencesFrom(block, span.end, end) : 0;
      if (references > 0) {
        await this.#readReferences(block, references, into.subarray(start - offset));
        block += references;
        continue;
      }
      const at = blocks.payloadOffset(block) - skipped;
      const wanted = into.subarray(Math.max(0, start - offset), Math.min(stop, end) - offset);
      const from = Math.max(0, offset - start);
      const take = (bytes: Uint8Array) => wanted.set(bytes.subarray(from, from + wanted.length));
      if (this.#cache.has(block, from)) await this.#cache.with(block, take);
      else {
        // Blocks that were cached when the payloads were read may have been dropped since.
        const payload =
          at < 0
            ? await this.#payloadOf(block)
            : span.payloads.subarray(at, at + blocks.entry(block).payloadBytes);
        const source = { entry: blocks.entry(block), payload };
        if (isWhole) await this.#decode(source, take);
        else await this.#decodePart(block, source, { from, to: from + wanted.length }, take);
      }
      block += 1;
    }
  }

  /** Gives a block of which only a range is wanted to `take`; the rest of it is kept. */
  #decodePart(
    block: number,
    source: Encoded,
    wanted: { from: number; to: number },
    take: (bytes: Uint8Array) => void,
  ): Promise<void> {
    const { lengthBytes } = source.entry;
    // A reader that begins at the block's start goes on behind its part, and does not come back.
    const from = wanted.from === 0 ? wanted.to : 0;
    return this.#cache.keep(block, { from, lengthBytes }, (kept) =>
      this.#decode(source, (bytes) => {
        take(bytes);
        kept.set(bytes.subarray(from), from);
      }),
    );
  }

  /** How many blocks from this one on are consecutive bytes of one source, and wanted to their ends. */
  #referencesFrom(first: number, spanEnd: number, end: number): number {
    const { blocks } = this.#parts.directory;
    const { encoding, source, sourceOffset } = blocks.entry(first);
    if (encoding !== "reference") return 0;
    let block = first + 1;
    while (block < spanEnd && blocks.offset(block + 1) <= end) {
      const next = blocks.entry(block);
      const follows =
        next.sourceOffset - sourceOffset === blocks.offset(block) - blocks.offset(first);
      if (next.encoding !== "reference" || next.source !== source || !follows) break;
      block += 1;
    }
    return block - first;
  }

  async #readReferences(first: number, count: number, into: Uint8Array): Promise<void> {
    const { blocks } = this.#parts.directory;
    const { source, sourceOffset } = blocks.entry(first);
    const base = blocks.offset(first);
    await this.#sources.read(
      source,
      into.subarray(0, blocks.offset(first + count) - base),
      sourceOffset,
    );
    for (let block = first; block < first + count; block += 1) {
      const bytes = into.subarray(blocks.offset(block) - base, blocks.offset(block + 1) - base);
      verifyBlock(blocks.entry(block), bytes);
    }
  }

  async #payloadOf(block: number): Promise<Uint8Array> {
    const { blocks } = this.#parts.directory;
    const payload = new Uint8Array(blocks.entry(block).payloadBytes);
    await this.#readPayloads(payload, blocks.payloadOffset(block));
    return payload;
  }

  /** `take` must copy what it gets. */
  async #decode({ entry, payload }: Encoded, take: (bytes: Uint8Array) => void): Promise<void> {
    const { encoding, lengthBytes, source, sourceOffset } = entry;
    if (encoding === "repeat") {
      const original = this.#parts.directory.blocks.entry(sourceOffset);
      const payload = await this.#payloadOf(sourceOffset);
      await this.#decode({ entry: original, payload }, take);
    } else if (encoding === "reference" || encoding === "delta") {
      const buffer = takeBuffer(lengthBytes);
      try {
        const bytes = buffer.subarray(0, lengthBytes);
        await this.#sources.read(source, bytes, sourceOffset);
        if (encoding === "reference") verifyBlock(entry, bytes);
        take(encoding === "reference" ? bytes : decodeBlock(entry, payload, bytes));
      } finally {
        buffers.give(buffer);
      }
    } else take(decodeBlock(entry, payload, null));
  }
}

/** At least `lengthBytes` long, with anything in it; few lengths, so that buffers are used again. */
function takeBuffer(lengthBytes: number): Uint8Array {
  return buffers.take(2 ** Math.ceil(Math.log2(Math.max(SMALLEST_BUFFER_BYTES, lengthBytes))));
}
