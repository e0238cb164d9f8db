import { BlockCache } from "./block-cache.ts";
import { BufferPool } from "./buffer-pool.ts";
import { decodeBlock, verifyBlock } from "./decode-block.ts";
import type { Directory } from "./directory.ts";
import {
  type BlockEntry,
  corrupt,
  MAX_BLOCK_BYTES,
  type SourceReader,
  type SourceRef,
} from "./format.ts";
import type { MrzFile } from "./open-mrz.ts";

/** Payloads that are read at once: few requests to a distant store, and little memory for each reader. */
const SPAN_BYTES = 4 * MAX_BLOCK_BYTES;
/** Decoded blocks that are kept: the ends of a read and of the one that runs beside it. */
const CACHED_BLOCKS = 4;

type Parts = {
  file: MrzFile;
  directory: Directory;
  openSource: (source: SourceRef, depthLeft: number) => Promise<SourceReader>;
  depthLeft: number;
};

/** Consecutive blocks and their payloads. */
type Span = { first: number; end: number };
type LoadedSpan = Span & { payloads: Uint8Array; buffer: Uint8Array };

/** Turns ranges of raw bytes into the blocks that hold them. */
export class RangeReader {
  readonly #parts: Parts;
  readonly #cache = new BlockCache(CACHED_BLOCKS);
  readonly #buffers = new BufferPool();
  readonly #sources = new Map<number, Promise<SourceReader>>();
  #closing: Promise<void> | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    const { sizeBytes, blocks } = this.#parts.directory;
    const end = Math.min(sizeBytes, offset + into.length);
    if (!(offset >= 0) || end <= offset) return 0;
    const last = blocks.find(end - 1);
    let loading = this.#load(this.#spanFrom(blocks.find(offset), last));
    for (;;) {
      const span = await loading;
      // The next one is on its way while this one is decoded.
      const isLast = span.end > last;
      if (!isLast) {
        loading = this.#load(this.#spanFrom(span.end, last));
        // Looked at in its turn; should this span fail first, it is nobody's any more.
        loading.catch(() => undefined);
      }
      try {
        await this.#decodeSpan(span, into, offset, end);
      } finally {
        this.#buffers.give(span.buffer);
      }
      if (isLast) return end - offset;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const sources = await Promise.allSettled(this.#sources.values());
    for (const source of sources) if (source.status === "fulfilled") await source.value.close();
    await this.#parts.file.close();
  }

  #spanFrom(first: number, last: number): Span {
    const { blocks } = this.#parts.directory;
    const limit = blocks.payloadOffset(first) + SPAN_BYTES;
    let end = first + 1;
    while (end <= last && blocks.payloadOffset(end + 1) <= limit) end += 1;
    return { first, end };
  }

  async #load(span: Span): Promise<LoadedSpan> {
    const { blocks } = this.#parts.directory;
    const first = this.#cache.has(span.first) ? span.first + 1 : span.first;
    const start = blocks.payloadOffset(Math.min(first, span.end));
    const lengthBytes = blocks.payloadOffset(span.end) - start;
    const buffer = this.#buffers.take(lengthBytes);
    const payloads = buffer.subarray(0, lengthBytes);
    await this.#readPayloads(payloads, start);
    return { first: span.first, end: span.end, payloads, buffer };
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
      const entry = blocks.entry(block);
      const decode = async (target: Uint8Array): Promise<void> => {
        // What was cached when the payloads were read may have been dropped since.
        const payload = at < 0 ? null : span.payloads.subarray(at, at + entry.payloadBytes);
        await this.#decode(entry, payload ?? (await this.#payloadOf(block)), target);
      };
      if (isWhole && !this.#cache.has(block)) {
        await decode(into.subarray(start - offset, stop - offset));
      } else {
        const from = Math.max(start, offset);
        const to = Math.min(stop, end);
        await this.#cache.with(block, entry.lengthBytes, decode, (bytes) => {
          into.set(bytes.subarray(from - start, to - start), from - offset);
        });
      }
      block += 1;
    }
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
    await this.#readSource(
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

  async #decode(entry: BlockEntry, payload: Uint8Array, into: Uint8Array): Promise<void> {
    const { encoding, source, sourceOffset } = entry;
    if (encoding === "repeat") {
      const original = this.#parts.directory.blocks.entry(sourceOffset);
      await this.#decode(original, await this.#payloadOf(sourceOffset), into);
    } else if (encoding === "reference") {
      await this.#readSource(source, into, sourceOffset);
      verifyBlock(entry, into);
    } else {
      const scratch = encoding === "delta" ? this.#buffers.take(into.length) : null;
      try {
        const base = scratch?.subarray(0, into.length) ?? null;
        if (base) await this.#readSource(source, base, sourceOffset);
        decodeBlock(entry, payload, into, base);
      } finally {
        if (scratch) this.#buffers.give(scratch);
      }
    }
  }

  async #readSource(source: number, into: Uint8Array, offset: number): Promise<void> {
    const reader = await this.#sourceAt(source);
    if ((await reader.read(into, offset)) < into.length)
      throw corrupt("a source ends before what is referred to");
  }

  async #sourceAt(source: number): Promise<SourceReader> {
    const known = this.#sources.get(source);
    if (known) return known;
    const opening = this.#openSource(source);
    this.#sources.set(source, opening);
    try {
      return await opening;
    } catch (error) {
      this.#sources.delete(source);
      throw error;
    }
  }

  async #openSource(source: number): Promise<SourceReader> {
    const { directory, openSource, depthLeft } = this.#parts;
    const ref = directory.sources[source];
    if (!ref) throw corrupt("a block refers to a source that is not listed");
    if (depthLeft <= 0) throw corrupt("too many files need each other");
    const reader = await openSource(ref, depthLeft - 1);
    if (reader.sizeBytes === ref.sizeBytes) return reader;
    await reader.close();
    throw corrupt("a source has another length");
  }
}
